{{/* The restricted Pod Security standard, for a pod and for its container. */}}
{{- define "lumina-service.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.pods.uid }}
runAsGroup: {{ .Values.pods.uid }}
fsGroup: {{ .Values.pods.uid }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "lumina-service.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

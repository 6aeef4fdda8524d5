{{/* How long a pod may take to end: its pause, the drain, the last requests, and some seconds besides. */}}
{{- define "lumina-service.graceSeconds" -}}
{{- $given := merge (dict) .values.settings .root.Values.settings -}}
{{- $drain := include "lumina-service.seconds" (default "20s" $given.LUMINA_DRAIN_TIMEOUT) | int -}}
{{- add .values.preStopSeconds $drain 10 -}}
{{- end -}}

{{/* One more than is there never stands where another could. */}}
{{- define "lumina-service.spread" -}}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ $key }}
  maxSkew: 1
  whenUnsatisfiable: {{ ternary "DoNotSchedule" "ScheduleAnyway" $.root.Values.pods.isSpreadStrict }}
  labelSelector:
    matchLabels:
      {{- include "lumina-service.selector" $ | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}

{{- define "lumina-service.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 4
  failureThreshold: 2
{{- end -}}

{{- define "lumina-service.hasWorkspace" -}}
{{- if has .component (list "tool-executor" "health") -}}true{{- end -}}
{{- end -}}

{{- define "lumina-service.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if .root.Values.config }}
- { name: config, mountPath: /etc/lumina, readOnly: true }
{{- end }}
{{- if include "lumina-service.secretsOf" . | fromYaml }}
- { name: secrets, mountPath: /run/secrets/lumina, readOnly: true }
{{- end }}
{{- if include "lumina-service.hasWorkspace" . }}
- { name: workspaces, mountPath: /workspaces, readOnly: {{ ne .component "tool-executor" }} }
{{- end }}
{{- end -}}

{{- define "lumina-service.volumes" -}}
{{- $root := .root -}}
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
{{- if $root.Values.config }}
- name: config
  configMap: { name: {{ include "lumina-service.fullname" $root }}-config }
{{- end }}
{{- with include "lumina-service.secretsOf" . | fromYaml }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- $isEmpty := true }}
      {{- range $variable, $source := . }}
      {{- if eq $source.from "secret" }}
      {{- $isEmpty = false }}
      - secret:
          name: {{ $source.name }}
          items: [{ key: {{ $source.key }}, path: {{ $variable }} }]
      {{- end }}
      {{- end }}
      {{- if $isEmpty }} []{{ end }}
{{- end }}
{{- if include "lumina-service.hasWorkspace" . }}
- name: workspaces
  {{- if $root.Values.workspace.isEphemeral }}
  emptyDir: { sizeLimit: {{ $root.Values.workspace.size }} }
  {{- else }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-workspaces" (include "lumina-service.fullname" $root)) $root.Values.workspace.existingClaim }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "lumina-service.podLabels" -}}
{{ include "lumina-service.selector" . }}
{{- with .root.Values.pods.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "lumina-service.podAnnotations" -}}
{{- with .root.Values.config }}
lumina.dev/config-checksum: {{ toJson . | sha256sum }}
{{- end }}
{{- with include "lumina-service.vaultAnnotations" . }}
{{ . }}
{{- end }}
{{- if eq .root.Values.mesh.provider "linkerd" }}
linkerd.io/inject: enabled
config.linkerd.io/opaque-ports: "6379,26379"
config.linkerd.io/default-inbound-policy: all-authenticated
{{- end }}
{{- with .values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Placement and credentials that all pods share. */}}
{{- define "lumina-service.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.pods.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pods.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

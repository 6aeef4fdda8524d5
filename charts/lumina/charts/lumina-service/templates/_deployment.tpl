{{/*
How many replicas a Deployment names. With autoscaling the number that is there, so that an upgrade does not undo what was scaled; the
first installation starts with the least.
*/}}
{{- define "lumina-service.replicas" -}}
{{- $name := printf "%s-%s" (include "lumina-service.fullname" .root) .component -}}
{{- $found := dict -}}
{{- if include "lumina-service.isScaled" . -}}
{{- $found = lookup "apps/v1" "Deployment" .root.Release.Namespace $name | default dict -}}
{{- end -}}
{{- dig "spec" "replicas" .values.replicas.min $found | int -}}
{{- end -}}

{{- define "lumina-service.isScaled" -}}
{{- if and (ne .root.Values.autoscaling.provider "none") (ne .component "health") -}}true{{- end -}}
{{- end -}}

{{- define "lumina-service.deployment" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "lumina-service.metadata" . | nindent 2 }}
spec:
  replicas: {{ include "lumina-service.replicas" . }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 300
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels:
      {{- include "lumina-service.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "lumina-service.podLabels" . | nindent 8 }}
      {{- with include "lumina-service.podAnnotations" . | trim }}
      annotations:
        {{- . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "lumina-service.fullname" $root }}-{{ .component }}
      automountServiceAccountToken: {{ eq .component "health" }}
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ include "lumina-service.graceSeconds" . }}
      securityContext:
        {{- include "lumina-service.podSecurity" $root | nindent 8 }}
      {{- with include "lumina-service.placement" $root }}
      {{- . | trim | nindent 6 }}
      {{- end }}
      {{- if and (eq .component "tool-executor") $root.Values.pods.executorRuntimeClassName }}
      runtimeClassName: {{ $root.Values.pods.executorRuntimeClassName }}
      {{- end }}
      topologySpreadConstraints:
        {{- include "lumina-service.spread" . | trim | nindent 8 }}
      containers:
        - name: {{ .component }}
          image: {{ include "lumina-service.image" . }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            {{- include "lumina-service.containerSecurity" $root | nindent 12 }}
          env:
            {{- include "lumina-service.settings" . | trim | nindent 12 }}
            {{- with include "lumina-service.secretFiles" . | trim }}
            {{- . | nindent 12 }}
            {{- end }}
          ports:
            - { name: http, containerPort: {{ .port }}, protocol: TCP }
          {{- include "lumina-service.probes" . | nindent 10 }}
          {{- with .values.preStopSeconds }}
          lifecycle:
            preStop:
              sleep: { seconds: {{ . }} }
          {{- end }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            {{- include "lumina-service.mounts" . | nindent 12 }}
      volumes:
        {{- include "lumina-service.volumes" . | nindent 8 }}
{{- end -}}

{{/* What is measured to scale by, besides processor time and memory: "requests", "queue" or nothing. */}}
{{- define "lumina-service.load" -}}
{{- $isKeda := eq .root.Values.autoscaling.provider "keda" -}}
{{- $autoscaling := .root.Values.autoscaling -}}
{{- if eq .component "gateway" -}}
{{- $wanted := include "lumina-service.wanted" (dict "root" .root "switch" $autoscaling.requests.enabled "api" "custom.metrics.k8s.io/v1beta1") -}}
{{- if or $wanted (and $isKeda (eq (toString $autoscaling.requests.enabled) "auto")) -}}requests{{- end -}}
{{- else -}}
{{- $wanted := include "lumina-service.wanted" (dict "root" .root "switch" $autoscaling.queue.enabled "api" "external.metrics.k8s.io/v1beta1") -}}
{{- if or $wanted (and $isKeda (eq (toString $autoscaling.queue.enabled) "auto")) -}}queue{{- end -}}
{{- end -}}
{{- end -}}

{{/* Up by half or two pods a minute after one minute, down by a tenth a minute after five. */}}
{{- define "lumina-service.behavior" -}}
scaleUp:
  stabilizationWindowSeconds: 60
  selectPolicy: Max
  policies:
    - { type: Percent, value: 50, periodSeconds: 60 }
    - { type: Pods, value: 2, periodSeconds: 60 }
scaleDown:
  stabilizationWindowSeconds: 300
  selectPolicy: Max
  policies:
    - { type: Percent, value: 10, periodSeconds: 60 }
{{- end -}}

{{- define "lumina-service.queue" -}}
{{- ternary "steps" "tools" (eq .component "agent-orchestrator") -}}
{{- end -}}

{{- define "lumina-service.autoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "lumina-service.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "lumina-service.fullname" .root }}-{{ .component }}
  minReplicas: {{ .values.replicas.min }}
  maxReplicas: {{ .values.replicas.max }}
  behavior:
    {{- include "lumina-service.behavior" . | nindent 4 }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ .root.Values.autoscaling.cpuPercent }} }
    - type: Resource
      resource:
        name: memory
        target: { type: Utilization, averageUtilization: {{ .root.Values.autoscaling.memoryPercent }} }
    {{- $load := include "lumina-service.load" . }}
    {{- if eq $load "requests" }}
    - type: Pods
      pods:
        metric: { name: lumina_requests_per_second }
        target: { type: AverageValue, averageValue: {{ .root.Values.autoscaling.requests.perSecond | quote }} }
    {{- else if eq $load "queue" }}
    - type: External
      external:
        metric:
          name: lumina_queue_jobs_waiting
          selector:
            matchLabels: { queue: {{ include "lumina-service.queue" . }} }
        target: { type: AverageValue, averageValue: {{ .root.Values.autoscaling.queue.waiting | quote }} }
    {{- end }}
{{- end -}}

{{- define "lumina-service.scaledObject" -}}
{{- $autoscaling := .root.Values.autoscaling -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "lumina-service.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    name: {{ include "lumina-service.fullname" .root }}-{{ .component }}
  minReplicaCount: {{ .values.replicas.min }}
  maxReplicaCount: {{ .values.replicas.max }}
  pollingInterval: 15
  # When Prometheus does not answer, nobody is scaled down for it.
  fallback:
    failureThreshold: 4
    replicas: {{ .values.replicas.min }}
    behavior: currentReplicasIfHigher
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- include "lumina-service.behavior" . | nindent 8 }}
  triggers:
    - type: cpu
      metricType: Utilization
      metadata: { value: {{ $autoscaling.cpuPercent | quote }} }
    - type: memory
      metricType: Utilization
      metadata: { value: {{ $autoscaling.memoryPercent | quote }} }
    {{- $load := include "lumina-service.load" . }}
    {{- $namespace := .root.Release.Namespace }}
    {{- if eq $load "requests" }}
    - type: prometheus
      metricType: AverageValue
      metadata:
        serverAddress: {{ $autoscaling.prometheusUrl }}
        query: {{ printf `sum(rate(lumina_requests_total{service="gateway",namespace="%s"}[2m]))` $namespace | quote }}
        threshold: {{ $autoscaling.requests.perSecond | quote }}
    {{- else if eq $load "queue" }}
    - type: prometheus
      metricType: AverageValue
      metadata:
        serverAddress: {{ $autoscaling.prometheusUrl }}
        query: {{ printf `sum(max by (state) (lumina_queue_jobs{queue="%s",state=~"waiting|prioritized",namespace="%s"}))` (include "lumina-service.queue" .) $namespace | quote }}
        threshold: {{ $autoscaling.queue.waiting | quote }}
    {{- end }}
{{- end -}}

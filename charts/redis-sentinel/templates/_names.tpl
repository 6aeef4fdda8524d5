{{- define "redis-sentinel.labels" -}}
{{ include "redis-sentinel.selector" . }}
app.kubernetes.io/part-of: lumina
app.kubernetes.io/version: {{ .root.Values.image.version | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "redis-sentinel.selector" -}}
app.kubernetes.io/name: redis-sentinel
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* redis pods are RELEASE-0 …, Sentinels RELEASE-sentinel-0 …, each behind a headless Service of the same name. */}}
{{- define "redis-sentinel.name" -}}
{{- $release := .root.Release.Name | trunc 40 | trimSuffix "-" -}}
{{- ternary $release (printf "%s-sentinel" $release) (eq .component "redis") -}}
{{- end -}}

{{- define "redis-sentinel.metadata" -}}
name: {{ include "redis-sentinel.name" . }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "redis-sentinel.labels" . | nindent 2 }}
{{- end -}}

{{- define "redis-sentinel.domain" -}}
{{ include "redis-sentinel.name" . }}.{{ .root.Release.Namespace }}.svc.{{ .root.Values.clusterDomain }}
{{- end -}}

{{/* The three of a kind, host:port with spaces between. */}}
{{- define "redis-sentinel.members" -}}
{{- $name := include "redis-sentinel.name" . -}}
{{- $domain := include "redis-sentinel.domain" . -}}
{{- $port := ternary 6379 26379 (eq .component "redis") -}}
{{- $members := list -}}
{{- range until 3 -}}{{- $members = append $members (printf "%s-%d.%s:%d" $name . $domain $port) -}}{{- end -}}
{{- join " " $members -}}
{{- end -}}

{{- define "redis-sentinel.secret" -}}
{{- default (include "redis-sentinel.name" (dict "root" . "component" "redis")) .Values.auth.existingSecret -}}
{{- end -}}

{{- define "redis-sentinel.isMonitored" -}}
{{- $switch := toString .Values.monitoring.enabled -}}
{{- if or (eq $switch "true") (and (eq $switch "auto") (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) -}}true{{- end -}}
{{- end -}}

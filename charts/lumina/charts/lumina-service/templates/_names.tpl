{{/* The name of everything of a release: the release's. */}}
{{- define "lumina-service.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels that select the pods of a component. Called with (dict "root" $ "component" NAME). */}}
{{- define "lumina-service.selector" -}}
app.kubernetes.io/name: lumina
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "lumina-service.labels" -}}
{{ include "lumina-service.selector" . }}
app.kubernetes.io/part-of: lumina
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "lumina-service.metadata" -}}
name: {{ printf "%s-%s" (include "lumina-service.fullname" .root) .component }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "lumina-service.labels" . | nindent 2 }}
{{- end -}}

{{/* Reference of a component's image. */}}
{{- define "lumina-service.image" -}}
{{- $image := .root.Values.image -}}
{{- $repository := replace "SERVICE" .component $image.repository -}}
{{- $name := ternary $repository (printf "%s/%s" $image.registry $repository) (empty $image.registry) -}}
{{- with index $image.digests .component -}}
{{ printf "%s@%s" $name . }}
{{- else -}}
{{ printf "%s:%s" $name (default .root.Chart.AppVersion $image.tag) }}
{{- end -}}
{{- end -}}

{{/* "true" when a switch is on, or `auto` and the cluster has the API. Called with (dict "root" $ "switch" VALUE "api" API). */}}
{{- define "lumina-service.wanted" -}}
{{- if eq (toString .switch) "auto" -}}
{{- if .root.Capabilities.APIVersions.Has .api -}}true{{- end -}}
{{- else if eq (toString .switch) "true" -}}true{{- end -}}
{{- end -}}

{{/* Seconds of a duration as settings write it (20s, 2m, 1h, 500ms, a number of ms), rounded up. */}}
{{- define "lumina-service.seconds" -}}
{{- $number := regexFind "^[0-9.]+" . | float64 -}}
{{- $unit := regexReplaceAll "^[0-9.]+\\s*" . "" | default "ms" -}}
{{- $factor := get (dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 "d" 86400.0) $unit -}}
{{- mulf $number $factor | ceil | int -}}
{{- end -}}

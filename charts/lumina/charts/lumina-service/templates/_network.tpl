{{- define "lumina-service.dns" -}}
- to:
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: kube-system }
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end -}}

{{/* Redis and Sentinels: pods in this namespace, networks outside, or both. */}}
{{- define "lumina-service.toRedis" -}}
{{- $redis := .Values.redis -}}
{{- if or $redis.podLabels $redis.cidrs -}}
- to:
    {{- range $redis.cidrs }}
    - ipBlock: { cidr: {{ . }} }
    {{- end }}
    {{- with $redis.podLabels }}
    - podSelector:
        matchLabels:
          {{- toYaml . | nindent 10 }}
    {{- end }}
  ports:
    {{- if $redis.url }}
    - { protocol: TCP, port: {{ regexFind ":[0-9]+(/[0-9]*)?$" $redis.url | trimPrefix ":" | regexFind "^[0-9]+" | default "6379" }} }
    {{- else }}
    - { protocol: TCP, port: 6379 }
    - { protocol: TCP, port: 26379 }
    {{- range $port := include "lumina-service.sentinelPorts" $ | fromJsonArray }}
    - { protocol: TCP, port: {{ $port }} }
    {{- end }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* Ports of Sentinels that are not the usual one. */}}
{{- define "lumina-service.sentinelPorts" -}}
{{- $ports := list -}}
{{- range .Values.redis.sentinels -}}{{- $ports = append $ports (regexFind "[0-9]+$" . | int) -}}{{- end -}}
{{- without ($ports | uniq) 26379 6379 | toJson -}}
{{- end -}}

{{/* The internet and nothing that is private. */}}
{{- define "lumina-service.toInternet" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
          {{- toYaml .Values.networkPolicy.privateCidrs | nindent 10 }}
  ports:
    - { protocol: TCP, port: 443 }
    - { protocol: TCP, port: 80 }
{{- end -}}

{{- define "lumina-service.toSimulatedModel" -}}
{{- if include "lumina-service.isSimulated" .root -}}
- to:
    - podSelector:
        matchLabels:
          {{- include "lumina-service.selector" (dict "root" .root "component" "simulated-model") | nindent 10 }}
  ports:
    - { protocol: TCP, port: 8090 }
{{- end -}}
{{- end -}}

{{- define "lumina-service.toGateway" -}}
- to:
    - podSelector:
        matchLabels:
          {{- include "lumina-service.selector" (dict "root" .root "component" "gateway") | nindent 10 }}
  ports:
    - { protocol: TCP, port: http }
{{- end -}}

{{/* Ports through which a mesh carries what it encrypts, and its control plane. */}}
{{- define "lumina-service.meshEgress" -}}
{{- if eq .Values.mesh.provider "linkerd" -}}
- to:
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: linkerd }
- to:
    - podSelector: {}
  ports:
    - { protocol: TCP, port: 4143 }
{{- else if eq .Values.mesh.provider "istio" -}}
- to:
    - podSelector: {}
  ports:
    - { protocol: TCP, port: 15008 }
{{- end -}}
{{- end -}}

{{- define "lumina-service.meshIngress" -}}
{{- if ne .Values.mesh.provider "none" -}}
- from:
    - podSelector: {}
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: {{ .Values.networkPolicy.monitoringNamespace }} }
  ports:
    - { protocol: TCP, port: {{ ternary 4143 15008 (eq .Values.mesh.provider "linkerd") }} }
{{- end -}}
{{- end -}}

{{/* Metrics, for Prometheus. */}}
{{- define "lumina-service.fromMonitoring" -}}
- from:
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: {{ .root.Values.networkPolicy.monitoringNamespace }} }
  ports:
    - { protocol: TCP, port: http }
{{- end -}}

{{/* What everybody needs, both ways; `.ingress` and `.egress` are the component's own rules, as text. */}}
{{- define "lumina-service.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "lumina-service.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "lumina-service.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- range list (include "lumina-service.fromMonitoring" .) .ingress (include "lumina-service.meshIngress" .root) }}
    {{- with trim . }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- end }}
  egress:
    {{- range list (include "lumina-service.dns" .) (include "lumina-service.toRedis" .root) .egress (include "lumina-service.meshEgress" .root) }}
    {{- with trim . }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- end }}
    {{- with index .root.Values.networkPolicy.egress .key }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/*
All objects of a service but its network policy: account, Deployment, Service, scaling, disruption budget.
Called with (dict "root" $ "component" NAME "key" KEY-IN-VALUES "port" PORT).
*/}}
{{- define "lumina-service.workload" -}}
{{- $scope := merge (dict "values" (index .root.Values .key)) . -}}
{{- $provider := .root.Values.autoscaling.provider -}}
{{- with $scope.values.replicas -}}
{{- if gt (int .min) (int .max) -}}
{{- fail (printf "%s.replicas: the least (%d) is more than the most (%d)" $.key (int .min) (int .max)) -}}
{{- end -}}
{{- end -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "lumina-service.metadata" $scope | nindent 2 }}
automountServiceAccountToken: false
---
{{ include "lumina-service.deployment" $scope }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "lumina-service.metadata" $scope | nindent 2 }}
  {{- if and (eq .component "gateway") .root.Values.service.annotations }}
  annotations:
    {{- toYaml .root.Values.service.annotations | nindent 4 }}
  {{- end }}
spec:
  type: {{ ternary .root.Values.service.type "ClusterIP" (eq .component "gateway") }}
  selector:
    {{- include "lumina-service.selector" $scope | nindent 4 }}
  ports:
    - { name: http, port: {{ .port }}, targetPort: http, protocol: TCP, appProtocol: http }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "lumina-service.metadata" $scope | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "lumina-service.selector" $scope | nindent 6 }}
{{- if include "lumina-service.isScaled" $scope }}
---
{{ include (ternary "lumina-service.scaledObject" "lumina-service.autoscaler" (eq $provider "keda")) $scope }}
{{- end }}
{{- end -}}

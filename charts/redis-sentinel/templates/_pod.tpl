{{- define "redis-sentinel.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* What redis-start.sh and sentinel-start.sh read. */}}
{{- define "redis-sentinel.environment" -}}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- { name: OWN_HOST, value: $(POD_NAME).{{ include "redis-sentinel.domain" . }} }
- { name: MASTER_NAME, value: {{ .root.Values.masterName }} }
- { name: SENTINELS, value: {{ include "redis-sentinel.members" (dict "root" .root "component" "sentinel") }} }
- { name: NODES, value: {{ include "redis-sentinel.members" (dict "root" .root "component" "redis") }} }
- { name: PASSWORD_FILE, value: /run/secrets/redis/password }
- { name: SENTINEL_PASSWORD_FILE, value: /run/secrets/redis/sentinel-password }
- { name: TAKEOVER_SECONDS, value: {{ .root.Values.settings.takeoverSeconds | quote }} }
- { name: DOWN_AFTER_MS, value: {{ .root.Values.settings.downAfterMs | quote }} }
- { name: FAILOVER_TIMEOUT_MS, value: {{ .root.Values.settings.failoverTimeoutMs | quote }} }
{{- end -}}

{{- define "redis-sentinel.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
- { name: scripts, mountPath: /scripts, readOnly: true }
- { name: secrets, mountPath: /run/secrets/redis, readOnly: true }
{{- end -}}

{{- define "redis-sentinel.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
- name: scripts
  configMap: { name: {{ include "redis-sentinel.name" (dict "root" .root "component" "redis") }}-scripts, defaultMode: 0555 }
- name: secrets
  secret: { secretName: {{ include "redis-sentinel.secret" .root }}, defaultMode: 0440 }
{{- end -}}

{{- define "redis-sentinel.placement" -}}
{{- $selector := include "redis-sentinel.selector" . -}}
affinity:
  podAntiAffinity:
    {{- if .root.Values.placement.isStrict }}
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- $selector | nindent 12 }}
    {{- end }}
    preferredDuringSchedulingIgnoredDuringExecution:
      {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
      - weight: 50
        podAffinityTerm:
          topologyKey: {{ . }}
          labelSelector:
            matchLabels:
              {{- $selector | nindent 14 }}
      {{- end }}
{{- with .root.Values.placement.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.placement.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.placement.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "redis-sentinel.exporter" -}}
{{- if .root.Values.exporter.enabled }}
- name: exporter
  image: {{ .root.Values.exporter.repository }}@{{ .root.Values.exporter.digest }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  securityContext:
    {{- include "redis-sentinel.containerSecurity" . | nindent 4 }}
  env:
    - { name: REDIS_ADDR, value: 'redis://127.0.0.1:{{ ternary 6379 26379 (eq .component "redis") }}' }
    - name: REDIS_PASSWORD
      valueFrom:
        secretKeyRef: { name: {{ include "redis-sentinel.secret" .root }}, key: {{ ternary "password" "sentinel-password" (eq .component "redis") }} }
  ports:
    - { name: metrics, containerPort: 9121, protocol: TCP }
  resources:
    {{- toYaml .root.Values.exporter.resources | nindent 4 }}
{{- end }}
{{- end -}}

{{/* A StatefulSet of three. Called with root, component, and what differs: policy, port, resources, size, grace. */}}
{{- define "redis-sentinel.set" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "redis-sentinel.metadata" . | nindent 2 }}
spec:
  replicas: 3
  serviceName: {{ include "redis-sentinel.name" . }}
  podManagementPolicy: {{ .policy }}
  updateStrategy: { type: RollingUpdate }
  minReadySeconds: 5
  selector:
    matchLabels:
      {{- include "redis-sentinel.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "redis-sentinel.selector" . | nindent 8 }}
      annotations:
        lumina.dev/scripts-checksum: {{ include "redis-sentinel.scripts" $root | sha256sum }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ .grace }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 999
        runAsGroup: 1000
        fsGroup: 1000
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: { type: RuntimeDefault }
      {{- include "redis-sentinel.placement" . | trim | nindent 6 }}
      containers:
        - name: {{ .component }}
          image: {{ $root.Values.image.repository }}@{{ $root.Values.image.digest }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          command: [/scripts/{{ .component }}-start.sh]
          securityContext:
            {{- include "redis-sentinel.containerSecurity" $root | nindent 12 }}
          env:
            {{- include "redis-sentinel.environment" . | nindent 12 }}
          ports:
            - { name: {{ .component }}, containerPort: {{ .port }}, protocol: TCP }
          readinessProbe:
            exec: { command: [/scripts/probe.sh, {{ .component }}] }
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 2
          {{- if eq .component "redis" }}
          lifecycle:
            preStop:
              exec: { command: [/scripts/redis-stop.sh] }
          {{- end }}
          resources:
            {{- toYaml .resources | nindent 12 }}
          volumeMounts:
            {{- include "redis-sentinel.mounts" . | nindent 12 }}
        {{- with include "redis-sentinel.exporter" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "redis-sentinel.volumes" . | nindent 8 }}
  volumeClaimTemplates:
    - metadata: { name: data }
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $root.Values.storage.className }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests: { storage: {{ .size }} }
{{- end -}}

{{/* What stands before a set: its Service, which also names pods that are not ready yet, and its disruption budget. */}}
{{- define "redis-sentinel.surroundings" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "redis-sentinel.metadata" . | nindent 2 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "redis-sentinel.selector" . | nindent 4 }}
  ports:
    - { name: {{ .component }}, port: {{ .port }}, targetPort: {{ .component }}, protocol: TCP, appProtocol: redis }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "redis-sentinel.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "redis-sentinel.selector" . | nindent 6 }}
{{- end -}}

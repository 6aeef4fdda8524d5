{{/*
The variables of a component: only those that the service reads (files/settings.yaml, made from its schema).
Called with (dict "root" $ "component" NAME "values" the component's part of values.yaml "port" its port).
*/}}
{{- define "lumina-service.settings" -}}
{{- $root := .root -}}
{{- $fixed := dict "LUMINA_HOST" "0.0.0.0" "PORT" (toString .port) "LUMINA_WORKSPACE_ROOT" "/workspaces" -}}
{{- if $root.Values.config -}}{{- $_ := set $fixed "LUMINA_CONFIG" "/etc/lumina/lumina.yaml" -}}{{- end -}}
{{- if $root.Values.redis.url -}}
{{- $_ := set $fixed "LUMINA_REDIS_URL" $root.Values.redis.url -}}
{{- else -}}
{{- $_ := set $fixed "LUMINA_REDIS_SENTINELS" (include "lumina-service.sentinels" $root) -}}
{{- $_ := set $fixed "LUMINA_REDIS_MASTER" $root.Values.redis.master -}}
{{- end -}}
{{- if include "lumina-service.isSimulated" $root -}}
{{- $_ := set $fixed "LUMINA_SIMULATED_BASE_URL" (printf "http://%s-simulated-model:8090/v1" (include "lumina-service.fullname" $root)) -}}
{{- end -}}
{{- $usual := dict "LUMINA_SYNTHETIC_URL" (printf "http://%s-gateway:8080" (include "lumina-service.fullname" $root)) -}}
{{- $given := merge (dict) $fixed .values.settings $root.Values.settings $usual -}}
{{- range (index ($root.Files.Get "files/settings.yaml" | fromYaml) .component) -}}
{{- if and (not .isSecret) (hasKey $given .name) (ne (get $given .name) "") }}
- name: {{ .name }}
  value: {{ get $given .name | quote }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The Sentinels, host:port with commas between. */}}
{{- define "lumina-service.sentinels" -}}
{{- if .Values.redis.sentinels -}}
{{- join "," .Values.redis.sentinels -}}
{{- else -}}
{{- $release := .Values.redis.release -}}
{{- $hosts := list -}}
{{- range until 3 -}}
{{- $hosts = append $hosts (printf "%s-sentinel-%d.%s-sentinel:26379" $release . $release) -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}
{{- end -}}

{{/* "true" when nothing names a model, or when the simulated one is asked for. */}}
{{- define "lumina-service.isSimulated" -}}
{{- $switch := toString .Values.simulatedModel.enabled -}}
{{- if eq $switch "true" -}}true
{{- else if eq $switch "auto" -}}
{{- $found := false -}}
{{- range list "LUMINA_MODEL" "OPENAI_BASE_URL" "ANTHROPIC_BASE_URL" "OLLAMA_BASE_URL" -}}
{{- if or (hasKey $.Values.settings .) (hasKey $.Values.agentOrchestrator.settings .) -}}{{- $found = true -}}{{- end -}}
{{- end -}}
{{- $sources := include "lumina-service.secretSources" . | fromYaml -}}
{{- range list "OPENAI_API_KEY" "ANTHROPIC_API_KEY" -}}
{{- if hasKey $sources . -}}{{- $found = true -}}{{- end -}}
{{- end -}}
{{- if not $found -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* Where each secret comes from, as YAML: VARIABLE: {from: secret|vault, name, key}. Fails when one comes from two places. */}}
{{- define "lumina-service.secretSources" -}}
{{- $values := .Values -}}
{{- $fullname := include "lumina-service.fullname" . -}}
{{- $sources := dict -}}
{{- range $variable, $at := $values.secrets.existing -}}
{{- $_ := set $sources $variable (dict "from" "secret" "name" $at.name "key" $at.key) -}}
{{- end -}}
{{- range $variable, $at := $values.secrets.external.variables -}}
{{- if hasKey $sources $variable -}}{{- fail (printf "the secret %s comes from two places" $variable) -}}{{- end -}}
{{- $_ := set $sources $variable (dict "from" "secret" "name" (printf "%s-external" $fullname) "key" $variable) -}}
{{- end -}}
{{- range $variable, $at := $values.secrets.vault.variables -}}
{{- if hasKey $sources $variable -}}{{- fail (printf "the secret %s comes from two places" $variable) -}}{{- end -}}
{{- $_ := set $sources $variable (dict "from" "vault" "path" $at.path "field" $at.field) -}}
{{- end -}}
{{- if $values.secrets.generate -}}
{{- range list "LUMINA_API_KEYS" "LUMINA_KEY_PEPPER" "LUMINA_WEBHOOK_SECRET" -}}
{{- if not (hasKey $sources .) -}}
{{- $_ := set $sources . (dict "from" "secret" "name" (printf "%s-generated" $fullname) "key" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $values.redis.isAuthenticated -}}
{{- $pairs := dict "LUMINA_REDIS_PASSWORD" "password" -}}
{{- if not $values.redis.url -}}{{- $_ := set $pairs "LUMINA_REDIS_SENTINEL_PASSWORD" "sentinel-password" -}}{{- end -}}
{{- range $variable, $key := $pairs -}}
{{- if not (hasKey $sources $variable) -}}
{{- $_ := set $sources $variable (dict "from" "secret" "name" $values.redis.release "key" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $sources -}}
{{- end -}}

{{/* The secrets of a component: {VARIABLE: source}, of those that the service reads. */}}
{{- define "lumina-service.secretsOf" -}}
{{- $sources := include "lumina-service.secretSources" .root | fromYaml -}}
{{- $own := dict -}}
{{- range (index (.root.Files.Get "files/settings.yaml" | fromYaml) .component) -}}
{{- if and .isSecret (hasKey $sources .name) -}}{{- $_ := set $own .name (get $sources .name) -}}{{- end -}}
{{- end -}}
{{- toYaml $own -}}
{{- end -}}

{{- define "lumina-service.secretFiles" -}}
{{- range $variable, $source := (include "lumina-service.secretsOf" . | fromYaml) }}
- name: {{ $variable }}_FILE
  value: {{ printf "%s/%s" (ternary "/vault/secrets" "/run/secrets/lumina" (eq $source.from "vault")) $variable }}
{{- end -}}
{{- end -}}

{{/* Annotations that make Vault's agent write the files. */}}
{{- define "lumina-service.vaultAnnotations" -}}
{{- $root := .root -}}
{{- $own := dict -}}
{{- range $variable, $source := (include "lumina-service.secretsOf" . | fromYaml) -}}
{{- if eq $source.from "vault" -}}
{{- $slug := lower $variable | replace "_" "-" -}}
{{- $_ := set $own (printf "vault.hashicorp.com/agent-inject-secret-%s" $slug) $source.path -}}
{{- $_ := set $own (printf "vault.hashicorp.com/agent-inject-file-%s" $slug) $variable -}}
{{- $_ := set $own (printf "vault.hashicorp.com/agent-inject-template-%s" $slug) (printf "{{- with secret \"%s\" -}}{{ .Data.data.%s }}{{- end -}}" $source.path $source.field) -}}
{{- end -}}
{{- end -}}
{{- if $own -}}
{{- $_ := set $own "vault.hashicorp.com/agent-inject" "true" -}}
{{- $_ := set $own "vault.hashicorp.com/role" $root.Values.secrets.vault.role -}}
{{- $_ := set $own "vault.hashicorp.com/agent-run-as-same-user" "true" -}}
{{- toYaml $own -}}
{{- end -}}
{{- end -}}

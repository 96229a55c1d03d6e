{{/* Who may publish and hear what (fact P14), from the table of apps. */}}
{{- define "mallbots.topicRights" -}}
- name: allowedTopics
  value: {{ join "," .topics }}
- name: protectedTopics
  value: {{ join "," .topics }}
- name: publishingScopes
  value: {{ include "mallbots.topicScopes" (dict "apps" .apps "key" "publishes") }}
- name: subscriptionScopes
  value: {{ include "mallbots.topicScopes" (dict "apps" .apps "key" "hears") }}
{{- end }}

{{- define "mallbots.topicScopes" -}}
{{- $key := .key }}
{{- $scopes := list }}
{{- range .apps }}
{{- if get . $key }}
{{- $scopes = append $scopes (printf "%s=%s" .id (join "," (get . $key))) }}
{{- end }}
{{- end }}
{{- join ";" $scopes }}
{{- end }}

{{/* Secrets are resolved by Dapr's operator, so no sidecar reads them. */}}
{{- define "mallbots.redis" -}}
- name: redisHost
  value: {{ include "mallbots.redisHost" . | quote }}
{{- with .Values.redis.username }}
- name: redisUsername
  value: {{ . | quote }}
{{- end }}
{{- with include "mallbots.redisSecret" . }}
- name: redisPassword
  secretKeyRef:
    name: {{ . | quote }}
    key: {{ $.Values.redis.passwordKey | quote }}
{{- end }}
{{- if .Values.redis.tls }}
- name: enableTLS
  value: "true"
{{- end }}
{{- with .Values.redis.extraMetadata }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "mallbots.kafka" -}}
- name: brokers
  value: {{ include "mallbots.kafkaBrokers" . | quote }}
- name: authType
  value: {{ .Values.kafka.authType }}
{{- if eq .Values.kafka.authType "password" }}
- name: saslUsername
  value: {{ required "kafka.saslUsername is required when kafka.authType is password." .Values.kafka.saslUsername | quote }}
- name: saslMechanism
  value: {{ .Values.kafka.saslMechanism }}
- name: saslPassword
  secretKeyRef:
    name: {{ required "kafka.existingSecret is required when kafka.authType is password." .Values.kafka.existingSecret | quote }}
    key: {{ .Values.kafka.passwordKey | quote }}
{{- end }}
{{- if and .Values.kafka.tls (eq .Values.kafka.authType "none") }}
{{- fail "kafka.tls needs kafka.authType password: without signing in Dapr speaks plain text, whatever is said of TLS." }}
{{- end }}
- name: disableTls
  value: {{ not .Values.kafka.tls | quote }}
- name: initialOffset
  value: oldest
{{- with .Values.kafka.extraMetadata }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "mallbots.postgres" -}}
- name: connectionString
  value: {{ printf "postgres://%s@%s:%d/%s?sslmode=%s" (urlquery .Values.postgres.user) (include "mallbots.postgresHost" .) (int .Values.postgres.port) (urlquery .Values.postgres.database) .Values.postgres.sslMode | quote }}
- name: password
  secretKeyRef:
    name: {{ required "postgres.existingSecret (or postgres.password, for a try-out) is required when state is postgres." (include "mallbots.postgresSecret" .) | quote }}
    key: {{ .Values.postgres.passwordKey | quote }}
- name: maxConns
  value: {{ int .Values.postgres.maxConnections | quote }}
{{- with .Values.postgres.extraMetadata }}
{{ toYaml . }}
{{- end }}
{{- end }}

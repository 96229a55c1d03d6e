{{/* Name of the chart in names and labels. */}}
{{- define "mallbots.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* What all objects' names begin with. 40 characters leave room for an app-id. */}}
{{- define "mallbots.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- /* A Service's name begins with a letter and has no dots; a release's may. */}}
{{- $release := .Release.Name | replace "." "-" }}
{{- if regexMatch "^[0-9]" $release }}{{ $release = printf "r%s" $release }}{{ end }}
{{- if contains $name $release }}
{{- $release | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" $release $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "mallbots.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels that select the pods of one component: (dict "root" $ "component" "baskets"). They never change. */}}
{{- define "mallbots.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mallbots.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Labels of every object: (dict "root" $ "component" "baskets"). */}}
{{- define "mallbots.labels" -}}
helm.sh/chart: {{ include "mallbots.chart" .root }}
{{ include "mallbots.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: mallbots
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What tells the pods of the services from those of the engines and of the test. */}}
{{- define "mallbots.serviceLabel" -}}
mallbots/role: service
{{- end }}

{{/* The image of an app: (dict "root" $ "app" "baskets"). */}}
{{- define "mallbots.image" -}}
{{- $image := .root.Values.image -}}
{{- $name := printf "%s/%s" $image.repository .app -}}
{{- with $image.registry }}{{ $name = printf "%s/%s" . $name }}{{ end -}}
{{- if hasKey $image.digests .app -}}
{{ $name }}@{{ get $image.digests .app }}
{{- else -}}
{{ $name }}:{{ default .root.Chart.AppVersion $image.tag }}
{{- end -}}
{{- end }}

{{- define "mallbots.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{/* One map laid over another, maps below too, as YAML: (dict "base" … "over" …). Functions of sprig leave out what is false or empty. */}}
{{- define "mallbots.merged" -}}
{{- $base := .base -}}
{{- $over := .over -}}
{{- $out := dict -}}
{{- range $key, $value := $base -}}
{{- if not (hasKey $over $key) -}}
{{- $_ := set $out $key $value -}}
{{- else if and (kindIs "map" $value) (kindIs "map" (get $over $key)) -}}
{{- $_ := set $out $key (include "mallbots.merged" (dict "base" $value "over" (get $over $key)) | fromYaml) -}}
{{- else -}}
{{- $_ := set $out $key (get $over $key) -}}
{{- end -}}
{{- end -}}
{{- range $key, $value := $over -}}
{{- if not (hasKey $base $key) -}}
{{- $_ := set $out $key $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $out -}}
{{- end }}

{{/* The settings of a service, as YAML: (dict "root" $ "app" "baskets"). */}}
{{- define "mallbots.settings" -}}
{{- include "mallbots.merged" (dict "base" .root.Values.defaults "over" (get .root.Values.services .app | default dict)) -}}
{{- end }}

{{/* Host and port of the engines: those of the try-out, or those that are named. */}}
{{- define "mallbots.redisHost" -}}
{{- if .Values.demo.enabled }}{{ include "mallbots.fullname" . }}-redis:6379{{ else }}{{ required "redis.host is required when broker or state is redis." .Values.redis.host }}{{ end }}
{{- end }}
{{- define "mallbots.kafkaBrokers" -}}
{{- if .Values.demo.enabled }}{{ include "mallbots.fullname" . }}-kafka:9092{{ else }}{{ required "kafka.brokers is required when broker is kafka." .Values.kafka.brokers }}{{ end }}
{{- end }}
{{- define "mallbots.postgresHost" -}}
{{- if .Values.demo.enabled }}{{ include "mallbots.fullname" . }}-postgres{{ else }}{{ required "postgres.host is required when state or search.database is postgres." .Values.postgres.host }}{{ end }}
{{- end }}

{{/* Which engines are used: a text that is true or empty. */}}
{{- define "mallbots.usesRedis" -}}
{{- if or (eq .Values.broker "redis") (eq .Values.state "redis") }}true{{ end }}
{{- end }}
{{- define "mallbots.usesPostgres" -}}
{{- if or (eq .Values.state "postgres") (eq .Values.search.database "postgres") }}true{{ end }}
{{- end }}

{{/* Names of the Secrets with passwords; empty: no password. */}}
{{- define "mallbots.redisSecret" -}}
{{- if .Values.redis.existingSecret }}{{ .Values.redis.existingSecret }}{{ else if .Values.redis.password }}{{ include "mallbots.fullname" . }}-redis{{ end }}
{{- end }}
{{- define "mallbots.postgresSecret" -}}
{{- if .Values.postgres.existingSecret }}{{ .Values.postgres.existingSecret }}{{ else if .Values.postgres.password }}{{ include "mallbots.fullname" . }}-postgres{{ end }}
{{- end }}

{{/* Secret with search's connection string, under a key of the same name (the services read secrets so). */}}
{{- define "mallbots.searchSecret" -}}
{{- if .Values.search.existingSecret }}{{ .Values.search.existingSecret }}
{{- else if .Values.postgres.password }}{{ include "mallbots.fullname" . }}-search-database
{{- else }}{{ fail "search.existingSecret is required when search.database is postgres and postgres.password is not given: a Secret with an Npgsql connection string under a key with the Secret's own name." }}
{{- end }}
{{- end }}

{{/* Secrets that an app reads by its sidecar, as a YAML list: (dict "root" $ "app" "search"). */}}
{{- define "mallbots.readSecrets" -}}
{{- if and (eq .app "payments") .root.Values.payments.provider.baseAddress }}
- {{ .root.Values.payments.provider.existingSecret | quote }}
{{- end }}
{{- if and (eq .app "search") (eq .root.Values.search.database "postgres") }}
- {{ include "mallbots.searchSecret" .root | quote }}
{{- end }}
{{- end }}

{{- define "mallbots.apiTokenSecret" -}}
{{- default (printf "%s-api-token" (include "mallbots.fullname" .)) .Values.tokens.apiToken.existingSecret }}
{{- end }}
{{- define "mallbots.appTokenSecret" -}}
{{- default (printf "%s-app-token" (include "mallbots.fullname" .)) .Values.tokens.appToken.existingSecret }}
{{- end }}

{{/* True where objects of the cluster can be looked up. Every namespace has a service account `default`, and every cluster a namespace of that name. */}}
{{- define "mallbots.seesCluster" -}}
{{- if or (lookup "v1" "ServiceAccount" .Release.Namespace "default") (lookup "v1" "Namespace" "" "default") }}true{{ end }}
{{- end }}

{{/* A token that is generated once: the present one where there is one. (dict "root" $ "name" … "value" "tokens.apiToken.existingSecret") */}}
{{- define "mallbots.keptToken" -}}
{{- $present := lookup "v1" "Secret" .root.Release.Namespace .name }}
{{- if $present }}
{{- required (printf "The Secret %s has no key token." .name) (get $present.data "token") }}
{{- else if include "mallbots.seesCluster" .root }}
{{- randAlphaNum 40 | b64enc }}
{{- else }}
{{- fail (printf "%s is required where the cluster can't be looked at (helm template, --dry-run=client, Argo CD): a generated token would be another one at each rendering." .value) }}
{{- end }}
{{- end }}

{{/* Security of a container that writes nothing. */}}
{{- define "mallbots.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "mallbots.podSecurity" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Engines of the try-out that are used, as a YAML list. */}}
{{- define "mallbots.demoEngines" -}}
{{- if include "mallbots.usesRedis" . }}
- redis
{{- end }}
{{- if eq .Values.broker "kafka" }}
- kafka
{{- end }}
{{- if include "mallbots.usesPostgres" . }}
- postgres
{{- end }}
{{- end }}

{{/* Ports of broker, stores and OTLP receiver, as a YAML list; those of hosts and brokers stand behind their last colon. */}}
{{- define "mallbots.backendPorts" -}}
{{- if include "mallbots.usesRedis" . }}
{{- range splitList "," (include "mallbots.redisHost" .) }}
- {{ splitList ":" . | last }}
{{- end }}
{{- end }}
{{- if eq .Values.broker "kafka" }}
{{- range splitList "," (include "mallbots.kafkaBrokers" .) }}
- {{ splitList ":" . | last }}
{{- end }}
{{- end }}
{{- if include "mallbots.usesPostgres" . }}
- {{ int .Values.postgres.port }}
{{- end }}
{{- with .Values.tracing.otlpEndpoint }}
- {{ splitList ":" . | last }}
{{- end }}
{{- end }}

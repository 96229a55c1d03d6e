{{/* The spec of an app's Configuration: (dict "root" $ "app" <entry of the table> "apps" <all entries>). */}}
{{- define "mallbots.configuration" -}}
{{- $root := .root }}
{{- $app := .app }}
{{- $apps := .apps }}
{{- $secrets := include "mallbots.readSecrets" (dict "root" $root "app" $app.id) | fromYamlArray }}
{{- if $root.Values.accessControl.enabled }}
accessControl:
  defaultAction: deny
  trustDomain: {{ $root.Values.dapr.trustDomain | quote }}
  {{- $policies := list }}
  {{- range $caller := $apps }}
  {{- $operations := list }}
  {{- range $route := $app.invoked }}
  {{- if has $caller.id $route.callers }}
  {{- $operations = append $operations (dict "name" $route.path "httpVerb" $route.methods "action" "allow") }}
  {{- end }}
  {{- end }}
  {{- if $operations }}
  {{- $policies = append $policies (dict "appId" $caller.id "defaultAction" "deny" "trustDomain" $root.Values.dapr.trustDomain "namespace" $root.Release.Namespace "operations" $operations) }}
  {{- end }}
  {{- end }}
  policies:
    {{- toYaml $policies | nindent 4 }}
{{- end }}
# Two names of one thing: where one is left out, the definition of the resource switches it on.
metric:
  enabled: {{ $root.Values.metrics.enabled }}
metrics:
  enabled: {{ $root.Values.metrics.enabled }}
# What changes comes with new pods, one after another: a reload would stop all sidecars at once (fact R8).
features:
  - name: HotReload
    enabled: false
{{- with $root.Values.tracing.otlpEndpoint }}
tracing:
  samplingRate: {{ $root.Values.tracing.samplingRate | quote }}
  otel:
    endpointAddress: {{ . | quote }}
    protocol: {{ $root.Values.tracing.otlpProtocol }}
    isSecure: {{ $root.Values.tracing.otlpSecure }}
{{- end }}
{{- with $secrets }}
secrets:
  scopes:
    - storeName: secrets
      defaultAccess: deny
      allowedSecrets:
        {{- toYaml . | nindent 8 }}
{{- end }}
{{- if has "workflowstore" $app.components }}
workflow:
  stateRetentionPolicy:
    completed: {{ $root.Values.workflow.keepCompleted | quote }}
    terminated: {{ $root.Values.workflow.keepTerminated | quote }}
    failed: {{ $root.Values.workflow.keepFailed | quote }}
{{- end }}
{{- end }}

{{/* Components and policies, which all sidecars read. */}}
{{- define "mallbots.daprResources" -}}
{{- include (print .Template.BasePath "/components.yaml") . }}
{{- include (print .Template.BasePath "/resiliency.yaml") . }}
{{- end }}

{{/* Hash of what an app's sidecar reads at its start: the context of mallbots.configuration, and the text of the resources. */}}
{{- define "mallbots.daprHash" -}}
{{- printf "%s%s" .resources (include "mallbots.configuration" .) | sha256sum | trunc 8 }}
{{- end }}

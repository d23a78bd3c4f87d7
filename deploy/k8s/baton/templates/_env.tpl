{{/* The environment of one service: takes root, key and name. Secrets are references only. */}}
{{- define "baton.env" -}}
{{- $values := .root.Values -}}
{{- $config := $values.config -}}
- { name: BATON_HOST, value: 0.0.0.0 }
- { name: BATON_SERVICE_PORT, value: "9000" }
- name: BATON_SECRET
  valueFrom: { secretKeyRef: { name: {{ $values.secrets.app.name }}, key: {{ $values.secrets.app.secretKey }} } }
{{ include "baton.databaseEnv" . }}
{{ include "baton.urlEnv" (dict "env" "NATS_URL" "server" $values.nats) }}
{{ include "baton.urlEnv" (dict "env" "REDIS_URL" "server" $values.redis) }}
- { name: BATON_JETSTREAM_REPLICAS, value: {{ $config.jetstreamReplicas | quote }} }
- { name: LOG_LEVEL, value: {{ $config.logLevel | quote }} }
{{- if eq .name "gateway" }}
- { name: PORT, value: "3000" }
{{- $delay := int $values.gateway.drainDelaySeconds }}
{{- $grace := int $values.defaults.terminationGracePeriodSeconds }}
{{- if gt (add $delay 12) $grace }}
{{- fail (printf "gateway.drainDelaySeconds is %d: with the 12 s to drain behind it, it is more than defaults.terminationGracePeriodSeconds (%d)" $delay $grace) }}
{{- end }}
- { name: BATON_DRAIN_DELAY_SECONDS, value: {{ $delay | quote }} }
- name: BATON_API_KEY
  valueFrom: { secretKeyRef: { name: {{ $values.secrets.app.name }}, key: {{ $values.secrets.app.apiKeyKey }} } }
{{- with $config.publicUrl }}
- { name: BATON_PUBLIC_URL, value: {{ . | quote }} }
{{- end }}
{{- with $config.allowedOrigins }}
- { name: BATON_ALLOWED_ORIGINS, value: {{ join "," . | quote }} }
{{- end }}
{{- end }}
{{- if eq .name "orchestrator" }}
- name: BATON_TOKEN_KEYS
  valueFrom: { secretKeyRef: { name: {{ $values.secrets.app.name }}, key: {{ $values.secrets.app.tokenKeysKey }}, optional: true } }
- { name: BATON_DEFAULT_WORKFLOW, value: {{ $config.defaultWorkflow | quote }} }
- { name: BATON_RETENTION_DAYS, value: {{ $config.retentionDays | quote }} }
{{- end }}
{{- if and $config.httpAllow (has .name (list "gateway" "orchestrator")) }}
- { name: BATON_HTTP_ALLOW, value: {{ $config.httpAllow | quote }} }
{{- end }}
{{- with $config.otlpEndpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- range $variable, $value := (index $values .key).env }}
- { name: {{ $variable }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{/* Workflows and knowledge from ConfigMaps, where values name some; only who reads them has them. */}}
{{- define "baton.fileMounts" -}}
{{- if and (eq .name "orchestrator") .root.Values.config.workflowsConfigMap }}
- { name: workflows, mountPath: /baton/config/workflows, readOnly: true }
{{- end }}
{{- if and (eq .name "orchestrator") .root.Values.config.toolsConfigMap }}
- { name: tools, mountPath: /baton/config/tools, readOnly: true }
{{- end }}
{{- if and (eq .name "memory-worker") .root.Values.config.knowledgeConfigMap }}
- { name: knowledge, mountPath: /baton/config/knowledge, readOnly: true }
{{- end }}
{{- end -}}

{{- define "baton.fileVolumes" -}}
{{- if and (eq .name "orchestrator") .root.Values.config.workflowsConfigMap }}
- name: workflows
  configMap: { name: {{ .root.Values.config.workflowsConfigMap }} }
{{- end }}
{{- if and (eq .name "orchestrator") .root.Values.config.toolsConfigMap }}
- name: tools
  configMap: { name: {{ .root.Values.config.toolsConfigMap }} }
{{- end }}
{{- if and (eq .name "memory-worker") .root.Values.config.knowledgeConfigMap }}
- name: knowledge
  configMap: { name: {{ .root.Values.config.knowledgeConfigMap }} }
{{- end }}
{{- end -}}

{{/* Not empty for a service that KEDA scales by what waits for it. */}}
{{- define "baton.scaledByLag" -}}
{{- if and .root.Values.keda.enabled (has .key (list "orchestrator" "queueManager" "memoryWorker")) -}}yes{{- end -}}
{{- end -}}

{{- define "baton.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "baton.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "baton.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "baton.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The five services: the key of each in values.yaml, and its name everywhere else. */}}
{{- define "baton.services" -}}
gateway: gateway
orchestrator: orchestrator
queueManager: queue-manager
memoryWorker: memory-worker
llmRouter: llm-router
{{- end -}}

{{/* Takes a dict of root and name. */}}
{{- define "baton.selector" -}}
app.kubernetes.io/name: {{ include "baton.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "baton.labels" -}}
{{ include "baton.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Takes a dict of root and image. */}}
{{- define "baton.image" -}}
{{- $tag := coalesce .image.tag .root.Values.image.tag .root.Chart.AppVersion -}}
{{- if .root.Values.image.registry -}}{{ .root.Values.image.registry }}/{{- end -}}{{ .image.repository }}:{{ $tag }}
{{- end -}}

{{/* What the restricted Pod Security Standard asks of a pod, and of a container. */}}
{{- define "baton.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "baton.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "baton.databaseEnv" -}}
{{- $database := .root.Values.secrets.database.name -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ $database }}, key: {{ .name }}-url } }
- name: DATABASE_SYSTEM_URL
  valueFrom: { secretKeyRef: { name: {{ $database }}, key: {{ .name }}-system-url } }
{{- end -}}

{{/* A URL from its secret where there is one, else as it stands. */}}
{{- define "baton.urlEnv" -}}
- name: {{ .env }}
{{- if .server.existingSecret.name }}
  valueFrom: { secretKeyRef: { name: {{ .server.existingSecret.name }}, key: {{ .server.existingSecret.key }} } }
{{- else }}
  value: {{ .server.url | quote }}
{{- end }}
{{- end -}}

{{- define "mirror.name" -}}
{{- include "mirror.cut" (.Values.nameOverride | default .Chart.Name) -}}
{{- end -}}

{{- define "mirror.fullname" -}}
{{- $name := include "mirror.name" . -}}
{{- $release := .Release.Name -}}
{{- $full := .Values.fullnameOverride | default (contains $name $release | ternary $release (printf "%s-%s" $release $name)) -}}
{{- /* A Service's name has no dot and begins with a letter; a release's need not. */ -}}
{{- $full = replace "." "-" $full -}}
{{- include "mirror.cut" (regexMatch "^[0-9]" $full | ternary (printf "mirror-%s" $full) $full) -}}
{{- end -}}

{{- /* The longest suffix of ours, and a name still has at most 63 characters. */ -}}
{{- define "mirror.cut" -}}
{{- regexReplaceAll "-+$" (trunc 50 .) "" -}}
{{- end -}}

{{- define "mirror.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{- define "mirror.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mirror.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "mirror.labels" -}}
{{ include "mirror.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ include "mirror.chart" . | quote }}
{{- end -}}

{{- define "mirror.chart" -}}
{{- regexReplaceAll "[-_.]+$" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) "" -}}
{{- end -}}


{{- define "mirror.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* The Secret with the serving certificate. */ -}}
{{- define "mirror.secret" -}}
{{- if eq .Values.certificates.mode "provided" -}}
{{- required "certificates.provided.secretName: name the Secret that holds tls.crt and tls.key" .Values.certificates.provided.secretName -}}
{{- else if eq .Values.certificates.mode "certManager" -}}
{{- /* cert-manager leaves its Secret behind: under the name of ours, Helm would refuse it. */ -}}
{{- include "mirror.fullname" . }}-tls
{{- else -}}
{{- include "mirror.fullname" . }}-certificate
{{- end -}}
{{- end -}}

{{- define "mirror.dnsName" -}}
{{ include "mirror.fullname" . }}.{{ include "mirror.namespace" . }}.svc
{{- end -}}

{{- /* The names that Helm's records of this revision and of later ones have, as its storage drivers secret and configmap do. */ -}}
{{- define "mirror.records" -}}
{{- $names := list -}}
{{- range $more := until 30 -}}
{{- $names = append $names (printf "sh.helm.release.v1.%s.v%d" $.Release.Name (add $.Release.Revision $more)) -}}
{{- end -}}
{{- join "," $names -}}
{{- end -}}

{{- /*
metadata of a pod; `part` is "" for a replica, else cleanup or test, which no Service, Deployment or budget may take for one.
What a selector reads is the chart's.
*/ -}}
{{- define "mirror.podMetadata" -}}
{{- $ours := include "mirror.labels" .root | fromYaml -}}
{{- /* The API server calls from outside the mesh, and the mesh is none of ours: neither sidecar nor ambient. */ -}}
{{- $mesh := dict "sidecar.istio.io/inject" "false" "istio.io/dataplane-mode" "none" -}}
{{- $selected := include "mirror.selectorLabels" .root | fromYaml -}}
{{- with .part }}{{ $_ := set $selected "app.kubernetes.io/name" (printf "%s-%s" (include "mirror.name" $.root) .) }}{{ end -}}
labels: {{- include "mirror.merged" (list $ours $mesh .root.Values.podLabels $selected) | nindent 2 }}
{{- $annotations := include "mirror.merged" (list .root.Values.podAnnotations (.annotations | default dict)) | fromYaml }}
{{- with $annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* What every pod of ours is, and where it may run; the context is the root. */ -}}
{{- define "mirror.podSpec" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with include "mirror.strings" .Values.nodeSelector | fromYaml }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Of every container. */ -}}
{{- define "mirror.container" -}}
image: {{ include "mirror.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
{{- with .Values.securityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "mirror.testHook" -}}
helm.sh/hook: test
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{- define "mirror.cleanupHook" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

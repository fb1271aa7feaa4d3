{{- /*
Every value that is missing or null becomes its default, in place: values kept from an older chart (--reuse-values) lack
newer ones. What is a map of the user's own (resources, podSecurityContext) is a value as a whole: null in it removes a key.
*/ -}}
{{- define "mirror.complete" -}}
{{- range $path, $default := .Files.Get "defaults.json" | fromJson -}}
{{- $keys := splitList "." $path -}}
{{- $map := $.Values -}}
{{- range initial $keys -}}
{{- if not (kindIs "map" (index $map .)) }}{{ $_ := set $map . dict }}{{ end -}}
{{- $map = index $map . -}}
{{- end -}}
{{- if kindIs "invalid" (index $map (last $keys)) }}{{ $_ := set $map (last $keys) $default }}{{ end -}}
{{- end -}}
{{- end -}}

{{- /* A map as labels and annotations are: values are strings, also where YAML read true or 1.5; what is null is left out. */ -}}
{{- define "mirror.strings" -}}
{{- $strings := dict -}}
{{- range $key, $value := . -}}
{{- if not (kindIs "invalid" $value) -}}
{{- $_ := set $strings $key (kindIs "string" $value | ternary $value (toJson $value)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $strings -}}
{{- end -}}

{{- /* Two such maps as one, each key once; the second's values count. */ -}}
{{- define "mirror.merged" -}}
{{- $both := dict -}}
{{- range . }}{{ $both = mergeOverwrite $both (include "mirror.strings" . | fromYaml) }}{{ end -}}
{{- toYaml $both -}}
{{- end -}}

{{- define "mirror.selector" -}}
{{- $selector := deepCopy . -}}
{{- with .matchLabels }}{{ $_ := set $selector "matchLabels" (include "mirror.strings" . | fromYaml) }}{{ end -}}
{{- toYaml $selector -}}
{{- end -}}

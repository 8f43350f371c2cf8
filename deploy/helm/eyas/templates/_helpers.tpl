{{- /* Name of the objects of the sensor; those of the audit intake end with -audit, those of the webhook with -admission. */}}
{{- define "eyas.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" (.Release.Name | trunc 35 | trimSuffix "-") .Chart.Name }}
{{- end }}
{{- end }}

{{- /*
An object of a manifest of deploy/kubernetes, as YAML: the templates replace what values determine, and keep the rest.
Takes root, file, kind and, if the file has several, object: the name.
*/}}
{{- define "eyas.manifest" -}}
{{- $found := dict }}
{{- range splitList "\n---\n" (.root.Files.Get (printf "files/kubernetes/%s" .file)) }}
{{- $object := fromYaml . }}
{{- if and (eq (get $object "kind") $.kind) (or (not $.object) (eq (dig "metadata" "name" "" $object) $.object)) }}
{{- $found = $object }}
{{- end }}
{{- end }}
{{- if not $found }}
{{- fail (printf "files/kubernetes/%s: there is no %s" .file .kind) }}
{{- end }}
{{- toYaml $found }}
{{- end }}

{{- /* The workloads, by the names of their values. */}}
{{- define "eyas.workloads" -}}
sensor:
  file: daemonset.yaml
  kind: DaemonSet
  app: eyas
  rbac: rbac.yaml
  name: {{ include "eyas.fullname" . }}
auditIntake:
  file: audit-intake.yaml
  kind: Deployment
  app: eyas-audit
  rbac: audit-intake.yaml
  name: {{ include "eyas.fullname" . }}-audit
admission:
  file: admission.yaml
  kind: Deployment
  app: eyas-admission
  rbac: admission.yaml
  name: {{ include "eyas.fullname" . }}-admission
{{- end }}

{{- /* Labels that select the pods of a workload. Takes root and app. */}}
{{- define "eyas.selector" -}}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- /* Labels of an object. Takes root and app. */}}
{{- define "eyas.labels" -}}
{{ include "eyas.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Name, namespace and labels of an object. Takes root, app and name. */}}
{{- define "eyas.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "eyas.labels" . | nindent 2 }}
{{- end }}

{{- define "eyas.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* Names of the ConfigMaps with rules, in the order in which they are loaded. */}}
{{- define "eyas.ruleMaps" -}}
{{- $maps := .Values.rules.configMaps }}
{{- if .Values.rules.files }}
{{- $maps = prepend $maps (printf "%s-rules" (include "eyas.fullname" .)) }}
{{- end }}
{{- toYaml $maps }}
{{- end }}

{{- /* The configuration of a workload, as YAML. Takes root and values. */}}
{{- define "eyas.config" -}}
{{- $config := deepCopy .values.config }}
{{- $maps := include "eyas.ruleMaps" .root | fromYamlArray }}
{{- $defaults := .root.Values.rules.defaults }}
{{- if and (or $maps (not $defaults)) (not (hasKey $config "rules_files")) }}
{{- $files := ternary (list $defaults) list (ne $defaults "") }}
{{- range $maps }}
{{- $files = append $files (printf "/etc/eyas-rules/%s" .) }}
{{- end }}
{{- $_ := set $config "rules_files" $files }}
{{- end }}
{{- if .root.Values.rules.resources }}
{{- $kubernetes := $config.kubernetes | default dict }}
{{- if not (hasKey $kubernetes "rules_resources") }}
{{- $_ := set $config "kubernetes" (set $kubernetes "rules_resources" true) }}
{{- end }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- /* The pod of a workload: labels and specification. Takes root, app, name, values, file and kind. */}}
{{- define "eyas.pod" -}}
{{- $manifest := include "eyas.manifest" . | fromYaml }}
{{- $spec := $manifest.spec.template.spec }}
{{- $container := first $spec.containers }}
{{- $_ := set $container "image" (include "eyas.image" .root) }}
{{- $_ := set $container "imagePullPolicy" .root.Values.image.pullPolicy }}
{{- $_ := set $container "resources" .values.resources }}
{{- range $container.ports }}
{{- if eq .name "http" }}
{{- $_ := set . "containerPort" (dig "webserver" "listen_port" .containerPort $.values.config | int) }}
{{- end }}
{{- end }}
{{- $server := .values.config.webserver | default dict }}
{{- range $key := list "startupProbe" "livenessProbe" "readinessProbe" }}
{{- $get := (get $container $key).httpGet }}
{{- $_ := set $get "path" ($get.path | replace "/healthz" ($server.k8s_healthz_endpoint | default "/healthz")) }}
{{- if $server.ssl_enabled }}
{{- $_ := set $get "scheme" "HTTPS" }}
{{- end }}
{{- end }}
{{- range $name, $from := .values.environment }}
{{- $reference := dict "name" $from.secret "key" $from.key }}
{{- $variable := dict "name" $name "valueFrom" (dict "secretKeyRef" $reference) }}
{{- $_ := set $container "env" (append ($container.env | default list) $variable) }}
{{- end }}
{{- range $i, $volume := $spec.volumes }}
{{- if $volume.configMap }}
{{- $_ := set $volume.configMap "name" $.name }}
{{- else if $volume.secret }}
{{- $_ := set $volume.secret "secretName" $.values.tlsSecret }}
{{- else if and $volume.hostPath (eq $volume.name "journal") }}
{{- $_ := set $volume.hostPath "path" $.values.journalPath }}
{{- end }}
{{- end }}
{{- range $i, $secret := .values.secrets }}
{{- $volume := dict "name" (printf "secret-%d" $i) "secret" (dict "secretName" $secret "defaultMode" 0440) }}
{{- $mount := dict "name" $volume.name "mountPath" (printf "/etc/eyas-secrets/%s" $secret) "readOnly" true }}
{{- $_ := set $spec "volumes" (append $spec.volumes $volume) }}
{{- $_ := set $container "volumeMounts" (append $container.volumeMounts $mount) }}
{{- end }}
{{- range $i, $map := include "eyas.ruleMaps" .root | fromYamlArray }}
{{- $volume := dict "name" (printf "rules-%d" $i) "configMap" (dict "name" $map) }}
{{- $mount := dict "name" $volume.name "mountPath" (printf "/etc/eyas-rules/%s" $map) "readOnly" true }}
{{- $_ := set $spec "volumes" (append $spec.volumes $volume) }}
{{- $_ := set $container "volumeMounts" (append $container.volumeMounts $mount) }}
{{- end }}
{{- range $spec.topologySpreadConstraints }}
{{- $_ := set . "labelSelector" (dict "matchLabels" (include "eyas.selector" $ | fromYaml)) }}
{{- end }}
{{- $_ := set $spec "containers" (list $container) }}
{{- $_ := set $spec "serviceAccountName" (.values.serviceAccount | default .name) }}
{{- range $key := list "priorityClassName" "tolerations" "nodeSelector" "affinity" }}
{{- $_ := unset $spec $key }}
{{- with get $.values $key }}
{{- $_ := set $spec $key . }}
{{- end }}
{{- end }}
{{- with .root.Values.image.pullSecrets }}
{{- $secrets := list }}
{{- range . }}
{{- $secrets = append $secrets (dict "name" .) }}
{{- end }}
{{- $_ := set $spec "imagePullSecrets" $secrets }}
{{- end -}}
metadata:
  labels:
    {{- include "eyas.selector" . | nindent 4 }}
    {{- with .values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- toYaml $spec | nindent 2 }}
{{- end }}

{{- /* Stops with a sentence if values contradict each other, which the schema cannot express. */}}
{{- define "eyas.check" -}}
{{- if not (or .Values.sensor.enabled .Values.auditIntake.enabled) }}
{{- fail "sensor.enabled and auditIntake.enabled are false: enable one, otherwise nothing would run" }}
{{- end }}
{{- if .Values.admission.enabled }}
{{- if not .Values.rules.resources }}
{{- fail "admission.enabled needs rules.resources: otherwise no workload would load EyasRules" }}
{{- end }}
{{- if not (or .Values.admission.caBundle .Values.admission.webhookAnnotations) }}
{{- fail "admission.caBundle is empty: set it to the CA certificate of the webhook's certificate (--set-file admission.caBundle=ca.crt), or set admission.webhookAnnotations" }}
{{- end }}
{{- end }}
{{- range $key := list "sensor" "auditIntake" "admission" }}
{{- $values := get $.Values $key }}
{{- if $values.enabled }}
{{- $server := $values.config.webserver | default dict }}
{{- if not $server.enabled }}
{{- fail (printf "%s.config.webserver.enabled is false: the probes of the pods need it" $key) }}
{{- end }}
{{- if hasPrefix "127." ($server.listen_address | default "127.0.0.1") }}
{{- fail (printf "%s.config.webserver.listen_address is an address of the pod itself: set it to 0.0.0.0, because the kubelet probes the pod from outside" $key) }}
{{- end }}
{{- if and $.Values.podMonitor.enabled (not $server.prometheus_metrics_enabled) }}
{{- fail (printf "podMonitor.enabled needs %s.config.webserver.prometheus_metrics_enabled" $key) }}
{{- end }}
{{- if hasKey $values.config "rules_files" }}
{{- range include "eyas.ruleMaps" $ | fromYamlArray }}
{{- $folder := printf "/etc/eyas-rules/%s" . }}
{{- if not (contains $folder (toJson $values.config.rules_files)) }}
{{- fail (printf "%s.config.rules_files replaces the list that the chart creates: add %s, otherwise the rules of rules.files or rules.configMaps would not be loaded" $key $folder) }}
{{- end }}
{{- end }}
{{- end }}
{{- $text := toJson $values.config | replace "$${" "" }}
{{- range $reference := regexFindAll "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}" $text -1 }}
{{- $variable := trimPrefix "${" $reference | trimSuffix "}" }}
{{- if not (or (hasKey $values.environment $variable) (has $variable (list "NODE_NAME" "FALCO_HOSTNAME"))) }}
{{- fail (printf "%s.config refers to %s: add %s to %s.environment, with the secret and its key" $key $reference $variable $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.rbac.responses (not .Values.sensor.enabled) }}
{{- fail "rbac.responses needs sensor.enabled: its service account gets the permissions" }}
{{- end }}
{{- end }}

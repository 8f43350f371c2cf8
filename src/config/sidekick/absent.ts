/** A Falcosidekick output that Eyas does not have. */
export interface AbsentOutput {
  /** Keys that enable the output. Any of these keys is sufficient. */
  readonly enabledBy: readonly string[];
  /** Other keys of the output, in addition to {@link commonKeys}. */
  readonly keys: string;
  /** Replacement for the output in Eyas. */
  readonly use: string;
}

/** Replacement for outputs that send JSON requests. */
const POSTED = "outputs.webhook, which posts the same JSON";
const FUNCTION = "a response rule with the action";

/** Falcosidekick's outputs that Eyas does not have, by path. */
export const absentOutputs: Readonly<Record<string, AbsentOutput>> = {
  "aws.cloudwatchlogs": {
    enabledBy: ["loggroup"],
    keys: "logstream",
    use: "outputs.otlp.logs with an OpenTelemetry Collector, or outputs.aws.s3",
  },
  "aws.kinesis": { enabledBy: ["streamname"], keys: "", use: "outputs.kafka or outputs.aws.s3" },
  "aws.lambda": { enabledBy: ["functionname"], keys: "invocationtype logtype", use: `${FUNCTION} aws:lambda` },
  "aws.securitylake": {
    enabledBy: ["bucket"],
    keys: "region prefix accountid interval batchsize",
    use: "outputs.aws.s3",
  },
  "aws.sns": {
    enabledBy: ["topicarn"],
    keys: "rawjson",
    use: "outputs.aws.s3 or outputs.webhook with a service that forwards alerts to SNS",
  },
  "aws.sqs": {
    enabledBy: ["url"],
    keys: "",
    use: "outputs.aws.s3 or outputs.webhook with a service that forwards alerts to SQS",
  },
  "azure.eventhub": {
    enabledBy: ["name"],
    keys: "namespace",
    use: "outputs.kafka with the Kafka endpoint of the namespace",
  },
  cloudevents: { enabledBy: ["address"], keys: "extensions", use: `${FUNCTION} function:cloudevents` },
  datadog: { enabledBy: ["apikey"], keys: "host", use: "outputs.otlp.logs with an OpenTelemetry Collector" },
  datadoglogs: {
    enabledBy: ["apikey"],
    keys: "host service",
    use: "outputs.otlp.logs with an OpenTelemetry Collector",
  },
  discord: {
    enabledBy: ["webhookurl"],
    keys: "icon",
    use: "outputs.slack with /slack appended to the webhook's address",
  },
  dogstatsd: { enabledBy: ["forwarder"], keys: "namespace tags", use: "webserver.prometheus_metrics_enabled" },
  dynatrace: { enabledBy: ["apitoken"], keys: "apiurl", use: "outputs.otlp.logs with an OpenTelemetry Collector" },
  fission: {
    enabledBy: ["function"],
    keys: "routernamespace routerservice routerport kubeconfig",
    use: `${FUNCTION} fission:function`,
  },
  "gcp.chronicle": {
    enabledBy: ["projectid", "instanceid", "region"],
    keys: "logtype",
    use: "outputs.otlp.logs with an OpenTelemetry Collector",
  },
  "gcp.cloudfunctions": { enabledBy: ["name"], keys: "", use: `${FUNCTION} gcp:function` },
  "gcp.cloudrun": { enabledBy: ["endpoint"], keys: "jwt", use: `${FUNCTION} gcp:run` },
  "gcp.pubsub": {
    enabledBy: ["topic"],
    keys: "projectid customattributes",
    use: "outputs.kafka or outputs.webhook with a service that forwards alerts to Pub/Sub",
  },
  "gcp.storage": {
    enabledBy: ["bucket"],
    keys: "prefix",
    use: "outputs.aws.s3 with endpoint: https://storage.googleapis.com",
  },
  gotify: {
    enabledBy: ["hostport"],
    keys: "token format",
    use: "outputs.webhook with a service that forwards alerts to Gotify",
  },
  grafanaoncall: {
    enabledBy: ["webhookurl"],
    keys: "customheaders",
    use: "outputs.alertmanager or outputs.webhook with the URL of the Grafana OnCall integration",
  },
  influxdb: {
    enabledBy: ["hostport"],
    keys: "database organization bucket precision user password token",
    use: "outputs.otlp.logs with an OpenTelemetry Collector",
  },
  kafkarest: { enabledBy: ["address"], keys: "version", use: "outputs.kafka" },
  kubeless: {
    enabledBy: ["function"],
    keys: "namespace port kubeconfig",
    use: `${FUNCTION} openfaas:function or function:cloudevents`,
  },
  logstash: {
    enabledBy: ["address"],
    keys: "port tls certfile keyfile cacertfile tags",
    use: "outputs.webhook with Logstash's HTTP input, or outputs.kafka",
  },
  n8n: { enabledBy: ["address"], keys: "user password headerauthname headerauthvalue", use: POSTED },
  nodered: { enabledBy: ["address"], keys: "user password customheaders", use: POSTED },
  openfaas: {
    enabledBy: ["functionname"],
    keys: "gatewaynamespace gatewayservice functionnamespace gatewayport kubeconfig",
    use: `${FUNCTION} openfaas:function`,
  },
  openobserve: {
    enabledBy: ["hostport"],
    keys: "organizationname streamname username password customheaders",
    use: POSTED,
  },
  opsgenie: { enabledBy: ["apikey"], keys: "region", use: "outputs.alertmanager or outputs.pagerduty" },
  "otlp.metrics": {
    enabledBy: ["endpoint"],
    keys: "protocol timeout headers extraenvvars tls extraattributes",
    use: "webserver.prometheus_metrics_enabled",
  },
  policyreport: {
    enabledBy: ["enabled"],
    keys: "prunebypriority kubeconfig falconamespace maxevents",
    use: "outputs.webhook with a service that creates PolicyReport objects",
  },
  quickwit: {
    enabledBy: ["hostport"],
    keys: "apiendpoint index version customheaders autocreateindex",
    use: "outputs.otlp.logs with an OpenTelemetry Collector",
  },
  spyderbat: {
    enabledBy: ["orguid"],
    keys: "apikey apiurl source sourcedescription",
    use: "outputs.webhook with a service that forwards alerts to Spyderbat",
  },
  stan: {
    enabledBy: ["hostport", "clusterid", "clientid"],
    keys: "subjecttemplate",
    use: "outputs.nats with JetStream",
  },
  statsd: { enabledBy: ["forwarder"], keys: "namespace tags", use: "webserver.prometheus_metrics_enabled" },
  sumologic: { enabledBy: ["receiverurl"], keys: "sourcecategory sourcehost name", use: POSTED },
  talon: {
    enabledBy: ["address"],
    keys: "",
    use: "responses.rules_files, which reads Talon's rules, or outputs.webhook",
  },
  tekton: { enabledBy: ["eventlistener"], keys: "", use: POSTED },
  telegram: {
    enabledBy: ["token"],
    keys: "host chatid messagethreadid",
    use: "outputs.webhook with a service that forwards alerts to Telegram",
  },
  timescaledb: {
    enabledBy: ["host"],
    keys: "port user password database hypertablename",
    use: "outputs.webhook with a service that writes alerts to TimescaleDB",
  },
  wavefront: {
    enabledBy: ["endpointhost", "endpointtype"],
    keys: "endpointtoken endpointmetricport metricname flushintervalseconds batchsize",
    use: "webserver.prometheus_metrics_enabled",
  },
  webex: { enabledBy: ["webhookurl"], keys: "", use: "outputs.webhook with a service that forwards alerts to Webex" },
  webui: { enabledBy: ["url"], keys: "", use: "web_page.enabled, the Eyas web UI" },
  "yandex.datastreams": { enabledBy: ["streamname"], keys: "endpoint", use: "outputs.kafka or outputs.aws.s3" },
  "yandex.s3": {
    enabledBy: ["bucket"],
    keys: "endpoint prefix",
    use: "outputs.aws.s3 with endpoint: https://storage.yandexcloud.net",
  },
  zincsearch: { enabledBy: ["hostport"], keys: "index username password", use: POSTED },
};

/** Keys that most outputs have. */
export const commonKeys = "checkcert maxconcurrentrequests minimumpriority mutualtls";

/** Keys that a group of outputs shares, for groups that Eyas does not have. */
export const absentGroups: Readonly<Record<string, string>> = {
  azure: "",
  gcp: "credentials workloadidentity",
  yandex: "accesskeyid secretaccesskey region",
};

/** Environment variables that are misspelled in Falcosidekick's documentation, with the correct names. */
export const misspelt: Readonly<Record<string, string>> = {
  DOGSTASTD_FORWARDED: "DOGSTATSD_FORWARDER",
  DOGSTASTD_NAMESPACE: "DOGSTATSD_NAMESPACE",
  DOGSTASTD_TAGS: "DOGSTATSD_TAGS",
  INFLUXDB_ORGANISATION: "INFLUXDB_ORGANIZATION",
  KAFKA_TSL: "KAFKA_TLS",
  SPYPERBAT_APIKEY: "SPYDERBAT_APIKEY",
  SPYPERBAT_APIURL: "SPYDERBAT_APIURL",
  SPYPERBAT_MINIMUMPRIORITY: "SPYDERBAT_MINIMUMPRIORITY",
  SPYPERBAT_ORGUID: "SPYDERBAT_ORGUID",
  SPYPERBAT_SOURCE: "SPYDERBAT_SOURCE",
  SPYPERBAT_SOURCEDESCRIPTION: "SPYDERBAT_SOURCEDESCRIPTION",
};

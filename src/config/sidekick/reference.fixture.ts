/**
 * The keys of Falcosidekick 2.31 (commit 8807ab7), as declared in its source code, by first part. An empty name stands
 * for a key without nested keys. Environment variables have the same names in upper case, with underscores.
 */
export const referenceKeys: Readonly<Record<string, string>> = {
  alertmanager:
    "checkcert customheaders customseveritymap dropeventdefaultpriority dropeventthresholds endpoint expiresafter extraannotations extralabels hostport maxconcurrentrequests minimumpriority mutualtls",
  aws: "accesskeyid checkidentity cloudwatchlogs.loggroup cloudwatchlogs.logstream cloudwatchlogs.minimumpriority externalid kinesis.minimumpriority kinesis.streamname lambda.functionname lambda.invocationtype lambda.logtype lambda.minimumpriority region rolearn s3.bucket s3.endpoint s3.minimumpriority s3.objectcannedacl s3.prefix secretaccesskey securitylake.accountid securitylake.batchsize securitylake.bucket securitylake.interval securitylake.minimumpriority securitylake.prefix securitylake.region sns.minimumpriority sns.rawjson sns.topicarn sqs.minimumpriority sqs.url",
  azure: "eventhub.minimumpriority eventhub.name eventhub.namespace",
  bracketreplacer: "",
  cliq: "checkcert icon maxconcurrentrequests messageformat minimumpriority mutualtls outputformat useemoji webhookurl",
  cloudevents: "address checkcert extensions maxconcurrentrequests minimumpriority mutualtls",
  customfields: "",
  customtags: "",
  datadog: "apikey checkcert host maxconcurrentrequests minimumpriority mutualtls",
  datadoglogs: "apikey checkcert host maxconcurrentrequests minimumpriority mutualtls service",
  debug: "",
  discord: "checkcert icon maxconcurrentrequests minimumpriority mutualtls webhookurl",
  dogstatsd: "forwarder namespace tags",
  dynatrace: "apitoken apiurl checkcert minimumpriority",
  elasticsearch:
    "apikey batching.batchsize batching.enabled batching.flushinterval checkcert createindextemplate customheaders enablecompression flattenfields hostport index maxconcurrentrequests minimumpriority mutualtls numberofreplicas numberofshards password pipeline suffix type username",
  fission:
    "checkcert function kubeconfig maxconcurrentrequests minimumpriority mutualtls routernamespace routerport routerservice",
  gcp: "chronicle.instanceid chronicle.logtype chronicle.minimumpriority chronicle.projectid chronicle.region cloudfunctions.minimumpriority cloudfunctions.name cloudrun.endpoint cloudrun.jwt cloudrun.minimumpriority credentials pubsub.customattributes pubsub.minimumpriority pubsub.projectid pubsub.topic storage.bucket storage.minimumpriority storage.prefix workloadidentity",
  googlechat: "checkcert maxconcurrentrequests messageformat minimumpriority mutualtls outputformat webhookurl",
  gotify: "checkcert format hostport minimumpriority token",
  grafana:
    "allfieldsastags apikey checkcert customheaders dashboardid hostport maxconcurrentrequests minimumpriority mutualtls panelid",
  grafanaoncall: "checkcert customheaders maxconcurrentrequests minimumpriority mutualtls webhookurl",
  influxdb:
    "bucket checkcert database hostport maxconcurrentrequests minimumpriority mutualtls organization password precision token user",
  kafka:
    "async balancer clientid compression hostport minimumpriority password requiredacks sasl tls topic topiccreation username",
  kafkarest: "address checkcert maxconcurrentrequests minimumpriority mutualtls version",
  kubeless: "checkcert function kubeconfig maxconcurrentrequests minimumpriority mutualtls namespace port",
  listenaddress: "",
  listenport: "",
  logstash: "address cacertfile certfile checkcert keyfile minimumpriority mutualtls port tags tls",
  loki: "apikey checkcert customheaders endpoint extralabels format hostport maxconcurrentrequests minimumpriority mutualtls tenant user",
  mattermost:
    "checkcert footer icon maxconcurrentrequests messageformat minimumpriority mutualtls outputformat username webhookurl",
  mqtt: "broker checkcert minimumpriority password qos retained topic user",
  mutualtlsclient: "cacertfile certfile keyfile",
  mutualtlsfilespath: "",
  n8n: "address checkcert headerauthname headerauthvalue minimumpriority password user",
  nats: "checkcert hostport maxconcurrentrequests minimumpriority mutualtls subjecttemplate",
  nodered: "address checkcert customheaders maxconcurrentrequests minimumpriority mutualtls password user",
  openfaas:
    "checkcert functionname functionnamespace gatewaynamespace gatewayport gatewayservice kubeconfig maxconcurrentrequests minimumpriority mutualtls",
  openobserve:
    "checkcert customheaders hostport maxconcurrentrequests minimumpriority mutualtls organizationname password streamname username",
  opsgenie: "apikey checkcert maxconcurrentrequests minimumpriority mutualtls region",
  otlp: "logs.checkcert logs.endpoint logs.extraenvvars logs.headers logs.minimumpriority logs.protocol logs.synced logs.timeout logs.tls metrics.checkcert metrics.endpoint metrics.extraattributes metrics.extraenvvars metrics.headers metrics.minimumpriority metrics.protocol metrics.timeout metrics.tls traces.checkcert traces.duration traces.endpoint traces.extraenvvars traces.headers traces.minimumpriority traces.protocol traces.synced traces.timeout traces.tls",
  outputfieldformat: "",
  pagerduty: "checkcert maxconcurrentrequests minimumpriority mutualtls region routingkey",
  policyreport: "enabled falconamespace kubeconfig maxevents minimumpriority prunebypriority",
  prometheus: "extralabels",
  quickwit:
    "apiendpoint autocreateindex checkcert customheaders hostport index maxconcurrentrequests minimumpriority mutualtls version",
  rabbitmq: "minimumpriority queue url",
  redis:
    "address cacertfile certfile checkcert database key keyfile minimumpriority mutualtls password storagetype tls username version",
  rocketchat:
    "checkcert footer icon maxconcurrentrequests messageformat minimumpriority mutualtls outputformat username webhookurl",
  slack:
    "channel checkcert footer icon maxconcurrentrequests messageformat minimumpriority mutualtls outputformat username webhookurl",
  smtp: "authmechanism from hostport identity minimumpriority outputformat password tls to token trace user",
  splunk: "checkcert customheaders host maxconcurrentrequests minimumpriority mutualtls token",
  spyderbat: "apikey apiurl minimumpriority orguid source sourcedescription",
  stan: "checkcert clientid clusterid hostport maxconcurrentrequests minimumpriority mutualtls subjecttemplate",
  statsd: "forwarder namespace tags",
  sumologic: "checkcert maxconcurrentrequests minimumpriority mutualtls name receiverurl sourcecategory sourcehost",
  syslog: "format host minimumpriority port protocol",
  talon: "address checkcert minimumpriority",
  teams: "activityimage checkcert maxconcurrentrequests minimumpriority mutualtls outputformat webhookurl",
  tekton: "checkcert eventlistener maxconcurrentrequests minimumpriority mutualtls",
  telegram: "chatid checkcert host messagethreadid minimumpriority token",
  templatedfields: "",
  timescaledb: "database host hypertablename minimumpriority password port user",
  tlsclient: "cacertfile",
  tlsserver: "cacertfile certfile deploy keyfile mutualtls notlspaths notlsport",
  wavefront:
    "batchsize endpointhost endpointmetricport endpointtoken endpointtype flushintervalseconds metricname minimumpriority",
  webex: "checkcert maxconcurrentrequests minimumpriority mutualtls webhookurl",
  webhook: "address checkcert customheaders maxconcurrentrequests method minimumpriority mutualtls",
  webui: "checkcert maxconcurrentrequests mutualtls url",
  yandex:
    "accesskeyid datastreams.endpoint datastreams.minimumpriority datastreams.streamname region s3.bucket s3.endpoint s3.minimumpriority s3.prefix secretaccesskey",
  zincsearch: "checkcert hostport index minimumpriority password username",
};

import { brokers } from "./brokers.ts";
import { withSelection } from "./selection.ts";
import { dictionary, flag, later, number, section, text, texts, webAddress, webAddresses, word } from "./shape.ts";
import { storage } from "./storage.ts";

const ANY = Number.MAX_SAFE_INTEGER;

/** Severities as the configuration spells them, most severe first; the index is the severity's number. */
export const severities = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "informational",
  "debug",
] as const;

export const minimumpriority = word(severities, "debug", "Only alerts at least this severe.", {
  info: "informational",
  "": "debug",
});

/** What every receiver over HTTP takes. */
const common = {
  minimumpriority,
  customheaders: dictionary("Headers beside its own."),
  checkcert: flag(true, "Whether its certificate has to be a good one."),
  mutualtls: flag(false, "Show a certificate of our own: `outputs.mutualtlsclient`, or files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Milliseconds for a request and its answer.", [1, 600_000]),
  maxconcurrentrequests: later("Requests at once. Eyas sends one after the other.", number(1, "", [0, ANY])),
};

function store(product: string) {
  return section(`Alerts to ${product}, over the bulk API.`, {
    hostport: webAddress(`Address of ${product}; switches it on.`),
    layout: word(
      ["ecs", "falcosidekick"],
      "ecs",
      "`ecs`: documents of the Elastic Common Schema in a data stream, the original under `falco`, and under `eyas` what the web page finds them by. `falcosidekick`: its documents in its indexes, for existing dashboards.",
    ),
    datastream: text(
      "logs-falco.alerts-default",
      "The data stream, and the name of what is created for it, with `ecs`.",
    ),
    retention: number(30, "Days until documents are deleted, with `ecs`; 0: never.", [0, 36_500]),
    retentionby: word(
      ["server", "eyas"],
      "server",
      "Who deletes them: the server, by a policy that is created for it; or Eyas, where the server has no such policies: it has backing indexes of the data stream rolled over once a day, and deletes those without a document of the last `retention` days.",
    ),
    index: text("falco", "How the indexes' names begin, with `falcosidekick`."),
    suffix: word(
      ["daily", "monthly", "annually", "none"],
      "daily",
      "How the indexes' names end: with the alert's day, month or year, in UTC.",
    ),
    createindextemplate: flag(
      true,
      "Create the index template and the policy for the data stream's life where they are missing.",
    ),
    numberofshards: number(1, "Of what is created.", [1, 1024]),
    numberofreplicas: number(1, "Of what is created.", [0, 1024]),
    apikey: text("", "An API key, as it is given out: encoded."),
    username: text("", "A user, in place of the key."),
    password: text("", "The user's password."),
    pipeline: text("", "The ingest pipeline that documents go through."),
    flattenfields: flag(false, "Underscores for dots in fields' names, with `falcosidekick`."),
    enablecompression: flag(false, "Send requests compressed."),
    batching: section("", {
      batchsize: number(5_242_880, "The most bytes in a request.", [1024, 104_857_600]),
      enabled: later("Several alerts in a request. Eyas always does so.", flag(true, "")),
      flushinterval: later("How long alerts wait for others. They don't.", text("1s", "")),
    }),
    type: later("A document's type. There are no types any more.", text("_doc", "")),
    ...common,
  });
}

/** Receivers by name. Names and keys are Falcosidekick's where it has them. */
export const receivers = withSelection({
  alertmanager: section("Alerts to Prometheus Alertmanager.", {
    hostport: webAddresses("Addresses of all its members; switch it on."),
    endpoint: text("/api/v2/alerts", "The path below each address."),
    expiresafter: number(0, "Seconds until an alert counts as resolved; 0: Alertmanager decides.", [0, ANY]),
    extralabels: dictionary("Labels of every alert."),
    extraannotations: dictionary("Annotations of every alert."),
    dropeventdefaultpriority: later("For Falco's alerts about lost events.", text("critical", "")),
    dropeventthresholds: later("For Falco's alerts about lost events.", text("", "")),
    customseveritymap: dictionary("The label `severity` for priorities (in lower case), in place of the usual one."),
    ...common,
  }),
  elasticsearch: store("Elasticsearch"),
  grafana: section("Alerts as annotations in Grafana.", {
    hostport: webAddress("Address of Grafana; switches it on."),
    apikey: text("", "A key or token that may write annotations."),
    dashboardid: number(0, "Only in this dashboard; 0: in all.", [0, ANY]),
    panelid: number(0, "Only in this panel; 0: in all.", [0, ANY]),
    allfieldsastags: flag(false, "The values of all fields as tags."),
    ...common,
  }),
  loki: section("Alerts to Grafana Loki.", {
    hostport: webAddress("Address of Loki; switches it on."),
    endpoint: text("/loki/api/v1/push", "The path below the address."),
    user: text("", "A user."),
    apikey: text("", "The user's key or password."),
    tenant: text("", "The tenant (`X-Scope-OrgID`)."),
    format: word(["text", "json"], "text", "The lines: the alert's text, or all of it as JSON."),
    extralabels: texts("Fields that become labels, beside rule, priority, source, hostname, tags, namespace and pod."),
    ...common,
  }),
  opensearch: store("OpenSearch"),
  otlp: section("", {
    logs: section("Alerts as OpenTelemetry logs, over HTTP in JSON.", {
      endpoint: webAddress("Address of the receiver, with its path (`/v1/logs` where there is none); switches it on."),
      headers: dictionary("Headers for the receiver, such as a key."),
      enablecompression: flag(false, "Send requests compressed."),
      protocol: later("Eyas speaks OTLP over HTTP, in JSON.", text("http/protobuf", "")),
      synced: later("Whether each record is waited for. It is.", flag(true, "")),
      ...common,
    }),
  }),
  pagerduty: section("Alerts to PagerDuty, as events.", {
    routingkey: text("", "The integration's key; switches it on."),
    region: word(["us", "eu"], "us", "Where the account is."),
    address: webAddress("Another address than PagerDuty's own, such as a relay's."),
    ...common,
  }),
  slack: section("Alerts to Slack.", {
    webhookurl: webAddress("The incoming webhook; switches it on."),
    channel: text("", "Another channel than the webhook's."),
    username: text("Eyas", "Who says it."),
    icon: text("", "Address of a picture."),
    footer: text("", "A line below."),
    outputformat: word(["all", "text", "fields"], "all", "The text, the fields, or both."),
    messageformat: later("A text above, as a template of Go.", text("", "")),
    ...common,
  }),
  splunk: section("Alerts to Splunk's HTTP Event Collector.", {
    host: webAddress("The collector's whole address; switches it on."),
    token: text("", "The collector's token."),
    ...common,
  }),
  syslog: section("Alerts to a log server, in messages of RFC 5424.", {
    host: text("", "The server, or with `unix` the path of a socket; switches it on."),
    port: number(514, "Its port.", [1, 65_535]),
    protocol: word(["tcp", "udp", "tls", "unix"], "tcp", "How to get there."),
    format: word(
      ["json", "cef", "text"],
      "json",
      "All of the alert as JSON or in the Common Event Format, or its text.",
    ),
    facility: word(
      [
        "kern",
        "user",
        "daemon",
        "auth",
        "authpriv",
        "audit",
        "local0",
        "local1",
        "local2",
        "local3",
        "local4",
        "local5",
        "local6",
        "local7",
      ],
      "user",
      "What part of a system the messages are said to come from.",
    ),
    checkcert: flag(true, "Whether its certificate has to be a good one, with `tls`."),
    cacertfile: text("", "The authority to trust with `tls`, instead of the system's."),
    certfile: text("", "Our own certificate, for `tls`."),
    keyfile: text("", "Its key."),
    minimumpriority,
  }),
  teams: section("Alerts to Microsoft Teams.", {
    webhookurl: webAddress("The workflow's address; switches it on."),
    outputformat: word(["all", "text", "facts"], "all", "The text, the fields, or both."),
    activityimage: later("A picture of the cards of before.", text("", "")),
    ...common,
  }),
  webhook: section("Alerts as JSON to any web address.", {
    address: webAddress("The address; switches it on."),
    method: word(["POST", "PUT"], "POST", "How."),
    ...common,
  }),
  ...storage(minimumpriority),
  ...brokers(minimumpriority),
  tlsclient: section("", { cacertfile: text("", "An authority to trust beside the system's, for all receivers.") }),
  mutualtlsclient: section("", {
    certfile: text("", "Our own certificate, for receivers with `mutualtls`."),
    keyfile: text("", "Its key."),
    cacertfile: text("", "The authority of those receivers."),
  }),
  mutualtlsfilespath: text("/etc/certs", "Where `client.crt`, `client.key` and `ca.crt` are, unless said otherwise."),
} as const);

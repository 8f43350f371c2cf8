import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, printDiagnostic } from "../load.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-sidekick-"));

async function load(text: string, environment = {}) {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  const { config, diagnostics } = await loadConfig(file, [], environment);
  return {
    outputs: config.outputs,
    alertIntake: config.alert_intake,
    said: diagnostics.map((each) => printDiagnostic(each).replace(file, "config")),
  };
}

test("outputs can be under the key outputs, or at the top level like in Falcosidekick's file", async () => {
  const { outputs, said } = await load(`
outputs: {loki: {hostport: "http://loki:3100"}}
slack: {webhookurl: "https://hooks.example.org/x", minimumpriority: info}
alertmanager: {hostport: "http://a:9093,http://b:9093"}
loki: {hostport: "http://not-this-one"}
mutualtlsfilespath: /certs
`);
  expect(said).toEqual(["config:5:1: warning: loki has no effect, since outputs.loki is set"]);
  expect(outputs.slack).toMatchObject({ webhookurl: "https://hooks.example.org/x", minimumpriority: "informational" });
  expect(outputs.alertmanager.hostport).toEqual(["http://a:9093", "http://b:9093"]);
  expect(outputs.loki.hostport).toBe("http://loki:3100");
  expect(outputs.mutualtlsfilespath).toBe("/certs");
});

test("environment variables take precedence over the file, and can contain lists and keys in one string", async () => {
  const environment = {
    SLACK_WEBHOOKURL: "https://hooks.example.org/env",
    ELASTICSEARCH_HOSTPORT: "http://es:9200",
    ELASTICSEARCH_BATCHING_BATCHSIZE: "2048",
    ELASTICSEARCH_CUSTOMHEADERS: "X-A:b:c,X-D:e",
    LOKI_HOSTPORT: "http://loki:3100",
    LOKI_EXTRALABELS: "proc.name, user.name",
    OTLP_LOGS_ENDPOINT: "http://otel:4318",
    OTLP_LOGS_HEADERS: "api-key=x=y",
    MUTUALTLSCLIENT_CERTFILE: "/c.crt",
  };
  const { outputs, said } = await load("slack: {webhookurl: https://hooks.example.org/file, footer: f}", environment);
  expect(said).toEqual([]);
  expect(outputs.slack).toMatchObject({ webhookurl: "https://hooks.example.org/env", footer: "f" });
  expect(outputs.elasticsearch).toMatchObject({
    hostport: "http://es:9200",
    batching: { batchsize: 2048 },
    customheaders: { "X-A": "b:c", "X-D": "e" },
  });
  expect(outputs.loki.extralabels).toEqual(["proc.name", "user.name"]);
  expect(outputs.otlp.logs).toMatchObject({ endpoint: "http://otel:4318", headers: { "api-key": "x=y" } });
  expect(outputs.mutualtlsclient.certfile).toBe("/c.crt");
});

test("environment variables of a disabled output have no effect", async () => {
  const { outputs, said } = await load("json_output: true", {
    GRAFANA_PANELID: "tcp://10.0.0.1:3000",
    LOKI_FORMAT: "?",
  });
  expect(said).toEqual([]);
  expect(outputs.grafana.panelid).toBe(0);
});

test("S3 and mail outputs are read like in Falcosidekick's file", async () => {
  const { outputs, said } = await load(`
aws:
  region: eu-central-1
  checkidentity: true
  s3: {bucket: alerts, prefix: a/b, objectcannedacl: private, minimumpriority: warning}
smtp: {hostport: "mail:587", from: eyas@example.org, to: "a@example.org, b@example.org", authmechanism: PLAIN}
`);
  expect(said).toEqual([]);
  expect(outputs.aws).toMatchObject({
    region: "eu-central-1",
    s3: { bucket: "alerts", prefix: "a/b", objectcannedacl: "private", layout: "batch", minimumpriority: "warning" },
  });
  expect(outputs.smtp).toMatchObject({ to: ["a@example.org, b@example.org"], tls: true, authmechanism: "plain" });
});

test("smtp needs a sender and a recipient", async () => {
  const { said } = await load("outputs: {smtp: {hostport: mail, from: eyas@example.org}}");
  expect(said).toEqual(["config:1:11: error: outputs.smtp requires outputs.smtp.from and outputs.smtp.to"]);
});

test("an invalid address is an error with its position, without the address", async () => {
  const { said } = await load("slack: {webhookurl: 'hooks.example.org/SECRET'}", { TEAMS_WEBHOOKURL: "ftp://SECRET" });
  expect(said.sort()).toEqual([
    "$TEAMS_WEBHOOKURL: error: An address must begin with http:// or https://, such as https://example.org/alerts",
    "config:1:21: error: An address must begin with http:// or https://, such as https://example.org/alerts",
  ]);
});

test("http_output and program_output need a destination", async () => {
  const { said } = await load("http_output: {enabled: true}\nprogram_output: {enabled: true}\n");
  expect(said).toEqual([
    "config:1:15: error: http_output.enabled requires http_output.url",
    "config:2:18: error: program_output.enabled requires program_output.program",
  ]);
});

test("an enabled output that Eyas does not have causes one warning that names the keys and the replacement", async () => {
  const { said } = await load(
    `
discord: {webhookURL: https://example.org/SECRET, icon: x}
aws: {SQS: {url: https://example.org/q}, sns: {rawjson: false}}
telegram: {token: "", chatid: 1}
outputs: {Gotify: {hostport: "http://gotify"}}
`,
    { GCP_PUBSUB_TOPIC: "alerts", GCP_CREDENTIALS: "SECRET", TELEGRAM_CHATID: "2" },
  );
  expect(said).toEqual([
    "config:2:11: warning: Eyas has no output discord: no alerts are sent to it (discord.webhookURL, discord.icon). Use outputs.slack with /slack appended to the webhook's address",
    "config:3:13: warning: Eyas has no output aws.sqs: no alerts are sent to it (aws.sqs.url). Use outputs.aws.s3 or outputs.webhook with a service that forwards alerts to SQS",
    "$GCP_PUBSUB_TOPIC: warning: Eyas has no output gcp.pubsub: no alerts are sent to it (GCP_PUBSUB_TOPIC, GCP_CREDENTIALS). Use outputs.kafka or outputs.webhook with a service that forwards alerts to Pub/Sub",
    "config:5:20: warning: Eyas has no output gotify: no alerts are sent to it (gotify.hostport). Use outputs.webhook with a service that forwards alerts to Gotify",
  ]);
});

test("keys are not case-sensitive; if a key has two spellings, one is used", async () => {
  const { outputs, said } = await load(`
PagerDuty: {routingKey: a, Routingkey: b}
webhook: {address: "http://host/", customHeaders: {X-Team: blue}, checkCert: 0}
outputs: {loki: {HostPort: "http://loki"}}
outputFieldFormat: "<output>"
`);
  expect(outputs).toMatchObject({
    pagerduty: { routingkey: "a" },
    webhook: { customheaders: { "x-team": "blue" }, checkcert: false },
    loki: { hostport: "http://loki" },
    outputfieldformat: "<output>",
  });
  expect(said).toEqual([
    "config:2:28: warning: pagerduty.Routingkey and pagerduty.routingkey are the same key; pagerduty.Routingkey has no effect",
  ]);
});

test("strings with pairs and commas are also read as keys and lists in a file", async () => {
  const { outputs } = await load(`
alertmanager: {hostport: "http://a:9093", extralabels: "team:blue, env:prod"}
loki: {hostport: "http://loki", extralabels: "proc.name, user.name"}
`);
  expect(outputs.alertmanager.extralabels).toEqual({ team: "blue", env: "prod" });
  expect(outputs.loki.extralabels).toEqual(["proc.name", "user.name"]);
});

test("custom fields and tags can be variables; templates keep their commas", async () => {
  const environment = {
    CUSTOMFIELDS: "cluster:%CLUSTER,Zone:a,none:%NONE",
    CUSTOMTAGS: "x, y",
    TEMPLATEDFIELDS: 'a:{{ printf "%s,%s" .b .c }},d:{{ .e }}',
    CLUSTER: "prod",
  };
  const { outputs, said } = await load("{}", environment);
  expect(outputs.customfields).toEqual({ cluster: "prod", Zone: "a" });
  expect(outputs.customtags).toEqual(["x", "y"]);
  expect(outputs.templatedfields).toEqual({ a: '{{ printf "%s,%s" .b .c }}', d: "{{ .e }}" });
  expect(said).toEqual([
    "$CUSTOMFIELDS: warning: outputs.customfields.none has no effect: the environment variable NONE is not set",
  ]);
});

test("like in Falcosidekick, names of fields in its file become lower case", async () => {
  const { outputs } = await load("customfields: {Team: Blue}\noutputs: {templatedfields: {Zone: x}}\n");
  expect(outputs.customfields).toEqual({ team: "Blue" });
  expect(outputs.templatedfields).toEqual({ Zone: "x" });
});

test("an invalid template is an error with its position", async () => {
  const { said } = await load(`
slack: {webhookurl: https://example.org/, messageformat: "{{ .Rule }"}
templatedfields: {a: "{{ nope }}"}
outputs: {customtags: [x]}
`);
  expect(said).toEqual([
    'config:2:58: error: Invalid template outputs.slack.messageformat: unexpected "}" (character 10 of the template)',
    "config:3:22: error: Invalid template outputs.templatedfields.a: the function nope is not defined (character 4 of the template)",
  ]);
  const unknown = await load("slack: {webhookurl: https://example.org/, messageformat: '{{ .Severity }}'}");
  expect(unknown.said).toEqual([
    "config:1:58: error: Invalid template outputs.slack.messageformat: a value of type types.FalcoPayload has no field Severity",
  ]);
});

test("a long value with pairs takes no longer because of templates", async () => {
  const { outputs } = await load("{}", { CUSTOMFIELDS: `a:{{ x,y }},${",".repeat(100_000)}b:{{,}},c:{{ d` });
  expect(outputs.customfields).toEqual({ a: "{{ x,y }}", b: "{{,}}", c: "{{ d" });
});

test("the listener is configured, and opens only with alert_intake.enabled", async () => {
  const sidekick = "listenPort: 2900\ntlsserver: {deploy: true, CertFile: /c.crt, mutualtls: true}\n";
  const closed = await load(sidekick);
  expect(closed.alertIntake).toMatchObject({
    enabled: false,
    listen_port: 2900,
    certificate: "/c.crt",
    key: "/etc/certs/server/server.key",
    client_authority: "/etc/certs/server/ca.crt",
  });
  expect(closed.said).toEqual([
    "config:1:13: warning: listenport sets alert_intake.listen_port; alerts from other programs are only received with alert_intake.enabled",
    "config:2:21: warning: tlsserver.deploy sets alert_intake.certificate; alerts from other programs are only received with alert_intake.enabled",
  ]);
  const open = await load(`${sidekick}alert_intake: {enabled: true, listen_port: 1}\n`);
  expect(open.alertIntake).toMatchObject({ enabled: true, listen_port: 1, certificate: "/c.crt" });
  expect(open.said).toEqual(["config:1:13: warning: listenport has no effect, since alert_intake.listen_port is set"]);
});

test("a variable that Falcosidekick's documentation misspells causes a warning", async () => {
  const { said } = await load("{}", { KAFKA_TSL: "true" });
  expect(said).toEqual(["$KAFKA_TSL: warning: KAFKA_TSL has no effect; use KAFKA_TLS"]);
});

test("index names cause a warning with the layout that does not use index names", async () => {
  const store = 'elasticsearch: {hostport: "http://es:9200", index: falco';
  expect((await load(`${store}}`)).said).toEqual([
    "config:1:45: warning: elasticsearch.index has an effect only with outputs.elasticsearch.layout: falcosidekick; alerts go to a data stream",
  ]);
  expect((await load(`${store}, layout: falcosidekick}`)).said).toEqual([]);
});

test("unknown keys of an output that Eyas does not have cause warnings even if the output is disabled", async () => {
  const { said } = await load(`
discord: {webhook_url: x, icon: y}
gcp: {minimumpriority: debug, credentials: x, pubsub: {topic: ""}}
telegram: token
`);
  expect(said).toEqual([
    "config:2:11: warning: Unknown key discord.webhook_url",
    "config:3:7: warning: Unknown key gcp.minimumpriority",
    "config:4:1: warning: Unknown key telegram",
  ]);
});

test("the variable DEBUG of another program causes no warning", async () => {
  expect((await load("{}", { DEBUG: "true" })).said).toEqual([]);
  expect((await load("debug: true")).said).toHaveLength(1);
});

test("severities and thresholds of Alertmanager are read in any case; unknown priorities are errors", async () => {
  const { outputs } = await load("alertmanager: {hostport: 'http://a'}", {
    ALERTMANAGER_CUSTOMSEVERITYMAP: "Debug:low,INFO:low",
    ALERTMANAGER_DROPEVENTTHRESHOLDS: "1:Warning, 100:critical",
  });
  expect(outputs.alertmanager).toMatchObject({
    customseveritymap: { debug: "low", informational: "low" },
    dropeventthresholds: [
      { value: 100, priority: "critical" },
      { value: 1, priority: "warning" },
    ],
  });
  const { said } = await load(
    "alertmanager: {hostport: 'http://a', dropeventthresholds: '1', customseveritymap: {x: y}}",
  );
  expect(said).toEqual([
    'config:1:59: error: outputs.alertmanager.dropeventthresholds takes thresholds such as 10000:critical, 10:warning, not "1"',
    "config:1:83: error: outputs.alertmanager.customseveritymap takes a map of strings with priorities as keys",
  ]);
});

test("keys in a variable are added to the keys in the file", async () => {
  const { outputs } = await load("customfields: {a: file, b: file}\ncustomtags: [file]\n", {
    CUSTOMFIELDS: "b:variable,c:variable",
    CUSTOMTAGS: "variable",
  });
  expect(outputs.customfields).toEqual({ a: "file", b: "variable", c: "variable" });
  expect(outputs.customtags).toEqual(["variable"]);
});

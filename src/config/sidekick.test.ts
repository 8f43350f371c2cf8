import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, printDiagnostic } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-sidekick-"));

async function load(text: string, environment = {}) {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  const { config, diagnostics } = await loadConfig(file, [], environment);
  return { outputs: config.outputs, said: diagnostics.map((each) => printDiagnostic(each).replace(file, "config")) };
}

test("outputs are under the key outputs, or at the top as in Falcosidekick's file", async () => {
  const { outputs, said } = await load(`
outputs: {loki: {hostport: "http://loki:3100"}}
slack: {webhookurl: "https://hooks.example.org/x", minimumpriority: info}
alertmanager: {hostport: "http://a:9093,http://b:9093"}
loki: {hostport: "http://not-this-one"}
mutualtlsfilespath: /certs
`);
  expect(said).toEqual([]);
  expect(outputs.slack).toMatchObject({ webhookurl: "https://hooks.example.org/x", minimumpriority: "informational" });
  expect(outputs.alertmanager.hostport).toEqual(["http://a:9093", "http://b:9093"]);
  expect(outputs.loki.hostport).toBe("http://loki:3100");
  expect(outputs.mutualtlsfilespath).toBe("/certs");
});

test("environment variables take precedence over the file, with lists and keys in one text", async () => {
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

test("S3 and mail are read as in Falcosidekick's file", async () => {
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
  expect(said).toEqual(["config:1:11: error: outputs.smtp needs outputs.smtp.from and outputs.smtp.to"]);
});

test("an invalid address is an error with its position, without the address", async () => {
  const { said } = await load("slack: {webhookurl: 'hooks.example.org/SECRET'}", { TEAMS_WEBHOOKURL: "ftp://SECRET" });
  expect(said.sort()).toEqual([
    "$TEAMS_WEBHOOKURL: error: An address begins with http:// or https://, like https://example.org/alerts",
    "config:1:21: error: An address begins with http:// or https://, like https://example.org/alerts",
  ]);
});

test("http_output and program_output need a destination", async () => {
  const { said } = await load("http_output: {enabled: true}\nprogram_output: {enabled: true}\n");
  expect(said).toEqual([
    "config:1:15: error: http_output.enabled needs http_output.url",
    "config:2:18: error: program_output.enabled needs program_output.program",
  ]);
});

import { expect, test } from "vitest";
import type { JsonSchema } from "../../src/setting/shape.ts";
import { chartConfiguration } from "./configuration-schema.ts";
import { chartFiles, strayFiles } from "./files.ts";

/** Returns the paths of keys whose text must be a reference. */
function secrets(schema: JsonSchema, path: string): string[] {
  const inner = { ...(schema.properties as JsonSchema), ...(schema.patternProperties as JsonSchema) };
  const own = schema.pattern === undefined ? [] : [path];
  return [...own, ...Object.entries(inner).flatMap(([name, each]) => secrets(each as JsonSchema, `${path}.${name}`))];
}

test("the chart contains only the copies that npm run docs writes", () => {
  expect(strayFiles()).toEqual([]);
});

test("values.yaml has a comment for each value, and a blank line between sections", async () => {
  const text = (await chartFiles["deploy/helm/eyas/values.yaml"]?.()) ?? "";
  expect(text).toMatch(/^# Values of the chart.*\n\nimage:\n {2}# Image, with its registry\.\n {2}repository: eyas\n/);
  expect(text).toMatch(/\n\nauditIntake:\n {2}# Receives .*\n {2}enabled: false\n/);
});

test("secrets of the configuration must be references, but names of files need not be", () => {
  const found = secrets(chartConfiguration(), "");
  expect(found).toContain(".outputs.slack.webhookurl");
  expect(found).toContain(".outputs.pagerduty.routingkey");
  expect(found).toContain(".sources.k8s_audit.token");
  expect(found.filter((path) => /file$|rabbitmq\.routingkey|\.key$/.test(path))).toEqual([]);
  expect(found.length).toBeGreaterThan(25);
});

/** Returns the schema at a path. */
function schemaAt(path: string): JsonSchema {
  const properties = (schema: JsonSchema, name: string) => (schema.properties as JsonSchema)[name] as JsonSchema;
  return path.split(".").reduce(properties, chartConfiguration());
}

test.each([
  ["outputs.rabbitmq.url", "amqps://eyas:secret@rabbitmq/", "amqps://eyas:${PASSWORD}@rabbitmq/"],
  ["outputs.nats.hostport", "nats://token@nats:4222", "nats://nats-0:4222, nats://nats-1:4222"],
  ["outputs.nats.hostport", "nats://nats-0:4222, nats://eyas:secret@nats-1:4222", ""],
  ["outputs.kafka.hostport", "eyas:secret@kafka:9092", "kafka-0:9092,kafka-1:9092"],
  ["outputs.webhook.address", "https://eyas:secret@example.org/a?b", "https://example.org/a?to=b@example.org"],
  ["http_output.url", "http://eyas:secret@[::1]:80", "http://[::1]:80/@x"],
  ["sources.k8s_audit.from", "nats://eyas:secret@nats/audit", "/var/log/kubernetes/audit.log"],
] as const)("a literal login in %s is rejected: %s", (path, wrong, right) => {
  const { pattern, type, items } = schemaAt(path);
  expect(wrong).not.toMatch(new RegExp(String(pattern)));
  expect(right).toMatch(new RegExp(String(pattern)));
  if (type === undefined) expect(items).toEqual({ pattern });
});

test("senders of mail may contain @", () => {
  expect(schemaAt("outputs.smtp.from").pattern).toBeUndefined();
});

test.each(["outputs.webhook.customheaders", "outputs.otlp.logs.headers", "outputs.otlp.traces.extraenvvars"])(
  "secrets in %s must be references, but other values need not be",
  (path) => {
    const [[names, value] = ["", {}]] = Object.entries(schemaAt(path).patternProperties as JsonSchema);
    for (const name of ["Authorization", "X-API-Key", "x-auth-token", "Cookie", "OTEL_EXPORTER_OTLP_HEADERS"])
      expect(name).toMatch(new RegExp(names));
    expect("X-Team").not.toMatch(new RegExp(names));
    expect(value).toEqual({ type: "string", pattern: expect.stringContaining("A-Za-z0-9_") });
  },
);

test("patterns are valid as regular expressions of Go, which helm uses", () => {
  expect(JSON.stringify(chartConfiguration())).not.toMatch(/\(\?[!=<]/);
});

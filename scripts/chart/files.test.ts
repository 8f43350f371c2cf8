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

test("patterns are valid as regular expressions of Go, which helm uses", () => {
  expect(JSON.stringify(chartConfiguration())).not.toMatch(/\(\?[!=<]/);
});

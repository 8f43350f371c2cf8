import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { receivers } from "../../output/list.ts";
import type { Config } from "../keys.ts";
import { loadConfig, printDiagnostic } from "../load.ts";
import { absentOutputs, misspelt } from "./absent.ts";
import { heads } from "./heads.ts";
import { referenceKeys } from "./reference.fixture.ts";
import { findKey, verdictOf } from "./verdict.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-reference-"));

/** All keys of Falcosidekick. */
const paths = Object.entries(referenceKeys).flatMap(([head, names]) =>
  names === "" ? [head] : names.split(" ").map((name) => `${head}.${name}`),
);

test("the list has the keys of Falcosidekick", () => {
  expect(paths).toHaveLength(518);
  expect(new Set(paths).size).toBe(518);
});

test("the support for every key is determined, and no output is both supported and absent", () => {
  const counts = { same: 0, different: 0, absent: 0 };
  for (const path of paths) counts[verdictOf(path).verdict]++;
  expect(counts).toEqual({ same: 190, different: 18, absent: 310 });
  for (const { name } of receivers) expect(absentOutputs).not.toHaveProperty([name]);
});

test("every first part of a key or variable is either in the separate list or an output of Eyas", () => {
  const names = [...paths, ...Object.keys(misspelt).map((name) => name.toLowerCase().replace("_", "."))];
  const first = new Set(names.map((path) => path.split(".")[0] ?? ""));
  expect([...first].filter((head) => !heads.has(head))).toEqual([]);
  const own = new Set<string>(receivers.map(({ name }) => name));
  expect([...heads].filter((head) => !first.has(head) && !own.has(head))).toEqual([]);
});

/** Values that differ from the default, by key or by its last part. */
const samples: Readonly<Record<string, string>> = {
  ...{
    address: "http://host:9999",
    hostport: "http://host:9999",
    webhookurl: "https://host/x",
    broker: "tcp://host:1",
  },
  ...{ url: "amqp://host", host: "https://host/x", endpoint: "http://host:9999/path", minimumpriority: "critical" },
  ...{ "syslog.host": "host", "redis.address": "host:1", "kafka.hostport": "host:1", "smtp.hostport": "host:1" },
  ...{ "alertmanager.endpoint": "/x", "loki.endpoint": "/x", "nats.hostport": "nats://host:4222" },
  ...{ method: "PUT", region: "eu", format: "text", suffix: "none", protocol: "udp", qos: "2", storagetype: "hashmap" },
  ...{ "loki.format": "json", "smtp.outputformat": "text", outputformat: "text", authmechanism: "external" },
  ...{ sasl: "plain", compression: "gzip", balancer: "crc32", requiredacks: "one", objectcannedacl: "private" },
  ...{
    messageformat: "{{ .Rule }}",
    templatedfields: "a:{{ .b }}",
    "redis.version": "3",
    "otlp.logs.protocol": "grpc",
  },
  ...{ "elasticsearch.batching.flushinterval": "5s", listenaddress: "192.0.2.1", "gcp.credentials": "e30=" },
  ...{ dropeventthresholds: "5:error", dropeventdefaultpriority: "notice", customseveritymap: "Debug:low" },
  ...{ debug: "true", deploy: "true", "tlsserver.mutualtls": "true", "elasticsearch.batching.batchsize": "2048" },
};

/** Returns a value that the key accepts. */
function sampleOf(path: string): string {
  const known = samples[path] ?? samples[path.split(".").at(-1) ?? ""];
  const key = findKey(path);
  const leaf = key?.kind === "later" ? key.shape : key;
  if (leaf?.kind !== "leaf") return known ?? "7";
  if (leaf.takes === "true or false") return leaf.fallback === true ? "false" : "true";
  if (/\b(?:integer|number)\b/.test(leaf.takes)) return known ?? "7";
  return known ?? (leaf.takes.startsWith("a map of") ? "name:sample" : "sample");
}

/** Returns other keys that must also be set. */
function enablersOf(path: string): Readonly<Record<string, string>> {
  if (path.startsWith("tlsserver."))
    return { "tlsserver.deploy": "true", "tlsserver.mutualtls": "true", "tlsserver.notlspaths": "/ping" };
  if (path === "debug") return { "slack.webhookurl": "https://host/x" };
  const output = receivers.find(({ name }) => path.startsWith(`${name}.`) || path.split(".")[0] === name.split(".")[0]);
  const absent = Object.entries(absentOutputs).find(([name]) => path.startsWith(`${name}.`));
  const group = Object.entries(absentOutputs).find(([name]) => path.split(".")[0] === name.split(".")[0]);
  const [name, { enabledBy }] = absent ??
    (output ? [output.name, { enabledBy: [output.enabledBy] }] : group) ?? ["", { enabledBy: [] }];
  const address =
    enabledBy[0] === undefined ? {} : { [`${name}.${enabledBy[0]}`]: sampleOf(`${name}.${enabledBy[0]}`) };
  return name === "smtp" ? { ...address, "smtp.from": "a@example.org", "smtp.to": "b@example.org" } : address;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Formats keys in mixed case as nested YAML mappings. */
function yamlOf(keys: Readonly<Record<string, string>>): string {
  const byHead = Map.groupBy(Object.entries(keys), ([path]) => (path.includes(".") ? (path.split(".")[0] ?? "") : ""));
  const sections = [...byHead].flatMap(([head, entries]) => {
    const inner = entries.map(([path, text]): [string, string] => [
      path.slice(head === "" ? 0 : head.length + 1),
      text,
    ]);
    if (head !== "") return [`${capital(head)}: {${yamlOf(Object.fromEntries(inner))}}`];
    return inner.map(([name, text]) => `${capital(name)}: ${JSON.stringify(text)}`);
  });
  return sections.join(", ");
}

async function load(yaml: string, environment: Readonly<Record<string, string>>) {
  const file = join(folder, "config.yaml");
  writeFileSync(file, yaml);
  const { config, diagnostics } = await loadConfig(file, [], environment);
  return { config, lines: diagnostics.map((each) => printDiagnostic(each).replace(file, "config")) };
}

function settingAt(config: Config, path: string): unknown {
  let at: unknown = config;
  for (const part of path.split(".")) at = typeof at === "object" && at !== null ? Reflect.get(at, part) : undefined;
  return at;
}

async function expectEffectOrLine(
  path: string,
  without: Awaited<ReturnType<typeof load>>,
  { config, lines }: Awaited<ReturnType<typeof load>>,
  name: string,
): Promise<void> {
  const { becomes, use } = verdictOf(path);
  expect(lines.filter((line) => line.includes(": error: "))).toEqual([]);
  const named = lines.filter((line) => line.toLowerCase().includes(path) || line.includes(name));
  if (
    becomes === undefined ||
    JSON.stringify(settingAt(config, becomes)) === JSON.stringify(settingAt(without.config, becomes))
  ) {
    expect(named, `${path} has no effect and no line names it`).toHaveLength(1);
    expect(named[0]).toContain(use);
  }
}

test.each(paths)("%s in a file, in upper or lower case, has an effect or is reported", async (path) => {
  const { [path]: _, ...others } = enablersOf(path);
  const sample = sampleOf(path);
  const without = await load(`{${yamlOf(others)}}`, {});
  const loaded = await load(`{${yamlOf({ ...others, [path]: sample })}}`, {});
  await expectEffectOrLine(path, without, loaded, path);
});

test.each(paths)("the variable of %s has an effect or is reported", async (path) => {
  const variable = (each: string): string => each.replaceAll(".", "_").toUpperCase();
  const { [path]: _, ...others } = enablersOf(path);
  const around = Object.fromEntries(Object.entries(others).map(([each, text]) => [variable(each), text]));
  const without = await load("{}", around);
  const loaded = await load("{}", { ...around, [variable(path)]: sampleOf(path) });
  await expectEffectOrLine(path, without, loaded, variable(path));
});

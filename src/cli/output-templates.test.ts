import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { home } from "../agent/home.ts";
import { loadConfig } from "../config/load.ts";
import { stateOf } from "../output/machine-state.fixture.ts";
import { openOutputs } from "../output/outputs.ts";
import { type Store, startStore } from "../output/receiver/elasticsearch/elasticsearch.fixture.ts";
import { hasMachines } from "../output/receiver/elasticsearch/machine-keys.ts";
import { openMachineStream } from "../output/receiver/elasticsearch/machine-stream.ts";
import { alertAbout } from "../output/receiver.fixture.ts";

let folder: string;
let store: Store | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-templates-"));
});
afterEach(async () => {
  await store?.stop();
  store = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `eyas outputs template`. */
function template(words: readonly string[], options: readonly string[] = []) {
  const all = ["outputs", "template", ...words, ...options.flatMap((option) => ["-o", option])];
  const child = spawn(join(home, "bin/eyas"), all, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

const objectsIn = (lines: string): unknown[] =>
  lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));

describe.each(["elasticsearch", "opensearch"] as const)("%s (stand-in)", (name) => {
  test.each([
    [[], 8],
    [["datastream=logs-own-x", "retention=7", "numberofshards=3", "numberofreplicas=0"], 8],
    [["machines=own-machines", "machinesretention=0"], 7],
    [["reportstate=false"], 4],
    [["retentionby=eyas"], 6],
    [["layout=falcosidekick", "index=own", "suffix=none"], 3],
  ])("prints the templates that the output itself would create: %j", async (keys, count) => {
    store = await startStore(name);
    const options = [`hostport=${store.url}`, ...keys].map((key) => `outputs.${name}.${key}`);
    const { config } = await loadConfig(undefined, ["stdout_output.enabled=false", ...options]);
    const [output] = await openOutputs(config);
    expect(await output?.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    await output?.close();
    const keysOfOutput = config.outputs[name];
    if (hasMachines(keysOfOutput)) {
      const stream = openMachineStream(name, keysOfOutput, config.outputs);
      expect(await stream.write(stateOf(1))).toEqual({ outcome: "delivered" });
      stream.close();
    }
    const created = store.requests.filter(({ method }) => method === "PUT");
    expect(created).toHaveLength(count);

    const known = store.requests.length;
    const off = `outputs.${name}.createindextemplate=false`;
    const printed = await template(["--json"], [...options, off]);
    expect(printed).toMatchObject({ status: 0, stderr: "" });
    const expected = created.map(({ path, body }) => ({ output: name, path, body: JSON.parse(body) }));
    expect(objectsIn(printed.stdout)).toMatchObject(expected);
    expect(objectsIn(printed.stdout).map((each) => JSON.stringify({ ...Object(each) }.body))).toEqual(
      created.map(({ body }) => body),
    );
    expect(store.requests.slice(known).map(({ method, path }) => [method, path])).toEqual([["GET", "/"]]);

    const text = await template([name], options);
    const requests = text.stdout.split(/^PUT (\S+)\n/m).slice(1);
    expect(requests.map((part, i) => (i % 2 === 0 ? part : JSON.stringify(JSON.parse(part))))).toEqual(
      created.flatMap(({ path, body }) => [path, body]),
    );
  });
});

test("if the server does not respond, a version is assumed and a message states this", async () => {
  const { status, stdout, stderr } = await template(["--json"], ["outputs.elasticsearch.hostport=http://127.0.0.1:1"]);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^elasticsearch: cannot read the version of the server: .*; assuming Elasticsearch 9\.\n$/);
  expect(objectsIn(stdout)[1]).toMatchObject({ body: { template: { settings: { "index.mode": "standard" } } } });
});

test("--to writes a file for each template, replaces files only with --force, and follows no symbolic links", async () => {
  const victim = join(folder, "victim");
  writeFileSync(victim, "precious");
  mkdirSync(join(folder, "to"));
  symlinkSync(victim, join(folder, "to/opensearch-index-template.json"));
  const refused = await template(["opensearch", "--to", "to"]);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("to/opensearch-index-template.json already exists: add --force to replace it.\n");
  expect(readdirSync(join(folder, "to"))).toEqual(["opensearch-index-template.json"]);

  const replaced = await template(["opensearch", "--to", "to", "--force"]);
  expect(replaced.stdout).toBe(
    "to/opensearch-ism-policy.json: PUT /_plugins/_ism/policies/logs-falco.alerts-default\n" +
      "to/opensearch-component-template.json: PUT /_component_template/logs-falco.alerts-default@eyas\n" +
      "to/opensearch-custom-component-template.json: PUT /_component_template/logs-falco.alerts-default@custom\n" +
      "to/opensearch-index-template.json: PUT /_index_template/logs-falco.alerts-default\n" +
      "to/opensearch-machines-ism-policy.json: PUT /_plugins/_ism/policies/eyas-machines\n" +
      "to/opensearch-machines-component-template.json: PUT /_component_template/eyas-machines@eyas\n" +
      "to/opensearch-machines-custom-component-template.json: PUT /_component_template/eyas-machines@custom\n" +
      "to/opensearch-machines-index-template.json: PUT /_index_template/eyas-machines\n",
  );
  expect(readFileSync(victim, "utf8")).toBe("precious");
  expect(readdirSync(join(folder, "to"))).toEqual([
    "opensearch-component-template.json",
    "opensearch-custom-component-template.json",
    "opensearch-index-template.json",
    "opensearch-ism-policy.json",
    "opensearch-machines-component-template.json",
    "opensearch-machines-custom-component-template.json",
    "opensearch-machines-index-template.json",
    "opensearch-machines-ism-policy.json",
  ]);
  const written = readFileSync(join(folder, "to/opensearch-index-template.json"), "utf8");
  expect(JSON.parse(written)).toMatchObject({ index_patterns: ["logs-falco.alerts-default"] });

  symlinkSync(join(folder, "to"), join(folder, "link"));
  const linked = await template(["opensearch", "--to", "link/", "--force"]);
  expect([linked.status, linked.stderr]).toEqual([
    1,
    expect.stringMatching(/link\/: it is a symbolic link or not a directory\.\n$/),
  ]);

  const options = ["retention=0", "reportstate=false"].flatMap((key) => ["-o", `outputs.elasticsearch.${key}`]);
  const fresh = await template(["elasticsearch", "--to", "a/b", ...options]);
  expect(fresh.status).toBe(0);
  expect(readdirSync(join(folder, "a/b"))).toEqual([
    "elasticsearch-component-template.json",
    "elasticsearch-custom-component-template.json",
    "elasticsearch-index-template.json",
  ]);
});

test.each([
  [[], "No enabled output has index templates. Add a name: elasticsearch and opensearch have them."],
  [["slack"], 'Output "slack" has no index templates; elasticsearch and opensearch have them.'],
  [["opnsearch"], 'Unknown output "opnsearch"; did you mean "opensearch"?'],
  [["opensearch", "--force"], "--force requires --to DIR."],
])("%j is an error", async (words, message) => {
  expect(await template(words)).toEqual({ status: 1, stdout: "", stderr: `eyas: ${message}\n` });
});

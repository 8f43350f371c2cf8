// The files in deploy/ are accepted by their tools, and use only existing metrics.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { metrics } from "../src/telemetry/metrics.ts";
import { needs } from "./parts/needs.ts";

const deploy = join(home, "deploy");
const dashboard: unknown = JSON.parse(readFileSync(join(deploy, "grafana/eyas.json"), "utf8"));
const rules = readFileSync(join(deploy, "prometheus/eyas-rules.yaml"), "utf8");

function run(tool: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, words, { encoding: "utf8", cwd: join(deploy, "prometheus") });
  return `${status} ${stdout}${stderr}`;
}

/** Returns all string values of a key, at any depth. */
function textsUnder(key: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === "string" ? [inner] : textsUnder(key, inner),
  );
}

const queries = textsUnder("expr", dashboard);

test("dashboard and alerting rules use only existing metrics", () => {
  const all = `${queries.join("\n")}\n${rules}`;
  const asked = new Set(all.match(/\b(?:eyas|falcosecurity|process)_[a-z0-9_]+/g));
  const known = (name: string): boolean =>
    Object.hasOwn(metrics, name) || Object.hasOwn(metrics, name.replace(/_(bucket|sum|count)$/, ""));
  expect([...asked].filter((name) => !known(name))).toEqual([]);
  expect(asked.size).toBeGreaterThan(15);
});

test("the dashboard uses only existing labels", () => {
  const wrong = queries.flatMap((query) =>
    [...query.matchAll(/by \(([^)]*)\) \((?:increase|rate)\((\w+)\{/g)].flatMap(([, labels, name]) => {
      const metric = Object.entries(metrics).find(([each]) => each === name)?.[1];
      const own: readonly string[] = ["instance", "le", ...(metric?.labels ?? [])];
      return labels!.split(", ").filter((label) => metric !== undefined && !own.includes(label));
    }),
  );
  expect(wrong).toEqual([]);
});

test(
  "promtool accepts the alerting rules and the example configuration, and the rule tests pass",
  needs("promtool"),
  () => {
    expect(run("promtool", "check", "rules", "--lint=all", "--lint-fatal", "eyas-rules.yaml")).toMatch(/^0 /);
    expect(run("promtool", "check", "config", "prometheus.yaml")).toMatch(/^0 /);
    expect(run("promtool", "test", "rules", "eyas-rules.test.yaml")).toMatch(/^0 /);
  },
);

test("every alerting rule has a test in which it fires", needs("promtool"), () => {
  const tests = readFileSync(join(deploy, "prometheus/eyas-rules.test.yaml"), "utf8");
  const firing = new Set([...tests.matchAll(/alertname: (\w+)\n\s+exp_alerts:\n/g)].map(([, name]) => name));
  const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(names.filter((name) => !firing.has(name))).toEqual([]);
});

test("Prometheus parses the queries of the dashboard", needs("promtool"), () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-deploy-")), "queries.yaml");
  const filled = queries.map((query) =>
    query.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "6h").replaceAll("$instance", ".*"),
  );
  const asRules = filled.map((expr, i) => ({ record: `query_${i}`, expr }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: "queries", rules: asRules }] }));
  expect(run("promtool", "check", "rules", file)).toContain(`SUCCESS: ${queries.length} rules found`);
});

test("amtool accepts the example configuration", needs("amtool"), () => {
  expect(run("amtool", "check-config", join(deploy, "alertmanager/alertmanager.yaml"))).toMatch(/^0 /);
});

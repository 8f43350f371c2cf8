import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadFiles } from "../src/agent/load/ready-rules.ts";
import { readRuleFiles } from "../src/agent/load/rule-files.ts";
import { loadConfig } from "../src/config/load.ts";
import { needs } from "./parts/needs.ts";

/** Directory of the reference data, with the published rules of the Falco project. */
const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../shared");
const folder = join(shared, "upstream-rules");
const tiers = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

async function load(...names: readonly string[]) {
  const { config } = await loadConfig(undefined);
  const { files } = readRuleFiles(names.map((name) => join(folder, name)));
  const { results, rules } = await loadFiles(files, config, "each");
  return { codes: results.flatMap(({ errors, warnings }) => [...errors, ...warnings].map(({ code }) => code)), rules };
}

describe("Falco's published rules", needs("upstream rules"), () => {
  test.each(tiers)("%s loads on its own without a warning", async (name) => {
    const { codes, rules } = await load(name);
    expect(codes).toEqual([]);
    expect(rules.length).toBeGreaterThan(20);
  });

  test("all tiers load together without a warning", async () => {
    const { codes, rules } = await load(...tiers);
    expect(codes).toEqual([]);
    expect(rules.length).toBeGreaterThan(80);
  });

  test("rules for Kubernetes audit events load without a warning", async () => {
    const { codes, rules } = await load("k8s_audit_rules.yaml");
    expect(codes).toEqual([]);
    expect(rules).toHaveLength(48);
  });
});

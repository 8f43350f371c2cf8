import { expect, test } from "vitest";
import { loadFiles } from "../../agent/load/ready-rules.ts";
import { loadConfig } from "../../config/load.ts";
import { type Describer, describer } from "./inventory.ts";
import { coverageOf, mitreText } from "./mitre.ts";

const text = `
- required_engine_version: 0.40.0
- required_plugin_versions:
    - { name: container, version: 0.4.0, alternatives: [{ name: other, version: 1.0.0 }] }
- list: shells
  items: [bash, sh]
- list: programs
  items: [shells, nc]
- macro: started
  condition: evt.type in (execve, execveat)
- macro: by_program
  condition: started and proc.name in (programs)
- rule: Program
  desc: Programs
  condition: by_program and not proc.cmdline contains "a b"
  output: "%proc.name by %user.name"
  priority: NOTICE
  tags: [mitre_execution, T1059]
  exceptions:
    - name: by_parent
      fields: [proc.pname, fd.name]
      comps: [=, startswith]
      values: [[cron, /tmp]]
`;

async function load(): Promise<{ describe: Describer; rules: Parameters<Describer["all"]>[0] }> {
  const { config } = await loadConfig(undefined);
  const { rules, definitions } = await loadFiles([{ name: "rules.yaml", text }], config, "all");
  return { describe: describer(definitions), rules };
}

test("the description of a rule has the keys of Falco", async () => {
  const { describe, rules } = await load();
  expect(describe.rule(rules[0]!)).toEqual({
    info: {
      name: "Program",
      condition: 'by_program and not proc.cmdline contains "a b"',
      priority: "Notice",
      output: "%proc.name by %user.name",
      description: "Programs",
      enabled: true,
      source: "syscall",
      capture: false,
      capture_duration: 0,
      tags: ["T1059", "mitre_execution"],
    },
    details: {
      macros: ["by_program"],
      lists: [],
      condition_operators: ["=", "contains", "in", "startswith"],
      condition_fields: ["evt.type", "fd.name", "proc.cmdline", "proc.name", "proc.pname"],
      events: ["asyncevent", "execve", "execveat"],
      condition_compiled:
        '(((evt.type in (execve, execveat) and proc.name in (bash, sh, nc)) and not proc.cmdline contains "a b") ' +
        "and not (proc.pname = cron and fd.name startswith /tmp))",
      plugins: [],
      output_fields: ["proc.name", "user.name"],
      exception_fields: ["fd.name", "proc.pname"],
      exception_names: ["by_parent"],
      exception_operators: ["=", "startswith"],
      output_compiled: "%proc.name by %user.name",
    },
  });
});

test("the inventory contains required versions, and macros and lists with their expansion", async () => {
  const { describe, rules } = await load();
  const all = describe.all(rules);
  expect(Object.keys(all)).toEqual(["required_engine_version", "required_plugin_versions", "rules", "macros", "lists"]);
  expect(all.required_engine_version).toBe("0.40.0");
  expect(all.required_plugin_versions).toEqual([
    { name: "container", version: "0.4.0", alternatives: [{ name: "other", version: "1.0.0" }] },
  ]);
  expect(all.macros[1]).toMatchObject({
    info: { name: "by_program", condition: "started and proc.name in (programs)" },
    details: { used: true, macros: ["started"], lists: ["programs"], events: ["asyncevent", "execve", "execveat"] },
  });
  expect(all.lists[1]).toEqual({
    info: { name: "programs", items: ["nc"] },
    details: { used: true, lists: ["shells"], items_compiled: ["bash", "sh", "nc"], plugins: [] },
  });
});

test("coverage counts a rule under each of its tactics and techniques, and lists uncovered tactics", () => {
  const rules = [
    { name: "a", tags: ["mitre_execution", "T1059.004", "T1609"] },
    { name: "b", tags: ["mitre_execution", "mitre_persistence", "T1609"] },
    { name: "c", tags: ["mitre_impact"] },
    { name: "d", tags: ["host", "mitre_unheard_of", "T1"] },
  ];
  const coverage = coverageOf(rules);
  expect(coverage).toHaveLength(15);
  expect(coverage.find(({ tactic }) => tactic === "execution")).toEqual({
    tactic: "execution",
    techniques: [
      { technique: "T1059.004", rules: ["a"] },
      { technique: "T1609", rules: ["a", "b"] },
    ],
    rules: 2,
  });
  expect(coverage.find(({ tactic }) => tactic === "impact")?.techniques).toEqual([
    { technique: undefined, rules: ["c"] },
  ]);
  expect(coverage.find(({ tactic }) => tactic === "discovery")).toEqual({
    tactic: "discovery",
    techniques: [],
    rules: 0,
  });
  expect(coverage.at(-1)?.tactic).toBe("unheard of");
  expect(rules.map(mitreText)).toEqual([
    "execution T1059.004, T1609",
    "execution, persistence T1609",
    "impact",
    "unheard of",
  ]);
});

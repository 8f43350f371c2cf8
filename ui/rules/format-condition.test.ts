import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "../../src/condition/parse.ts";
import { conditionText } from "../../src/condition/print.ts";
import { formatCondition } from "./format-condition.ts";

test("a condition that fits stays on its line", () => {
  expect(formatCondition("a_macro   and proc.name in (cat,\n dog)")).toBe("a_macro and proc.name in (cat, dog)");
});

test("a long condition has one operand per line, with indented groups", () => {
  const text = `evt.type = openat and not (proc.name in (a_rather_long_list_of_names) or (proc.pname = sshd and
    proc.cmdline contains "x and (y" and user.name = an_account_with_a_long_name)) and fd.name = /etc/shadow`;
  expect(formatCondition(text).split("\n")).toEqual([
    "evt.type = openat",
    "and not (",
    "  proc.name in (a_rather_long_list_of_names)",
    "  or (",
    "    proc.pname = sshd",
    '    and proc.cmdline contains "x and (y"',
    "    and user.name = an_account_with_a_long_name",
    "  )",
    ")",
    "and fd.name = /etc/shadow",
  ]);
});

test("text that does not parse stays as it is", () => {
  expect(formatCondition(" proc.name = and ")).toBe("proc.name = and");
});

test("formatting keeps the meaning of every default rule's condition", async () => {
  const { loadFiles } = await import("../../src/agent/load/ready-rules.ts");
  const names = ["syscall", "syscall_incubating", "k8s_audit", "suricata", "firewall"];
  const files = names.map((name) => ({ name, text: readFileSync(`rules/${name}.yaml`, "utf8") }));
  const settings = { append_output: [], buffer_format_base64: false, static_fields: {} };
  const { rules } = await loadFiles(files, settings, "all");
  for (const { condition } of rules) {
    expect(conditionText(parse(formatCondition(condition)))).toBe(conditionText(parse(condition)));
  }
  expect(rules.length).toBeGreaterThan(100);
});

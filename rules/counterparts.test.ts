/** Each rule of Falco has a counterpart among the default rules. Falco's files are not in the repository and may be absent. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { needs } from "../test/parts/needs.ts";
import { sharedFolder } from "../test/parts/shared.ts";
import { INCUBATING, SANDBOX, STABLE } from "./counterparts.fixture.ts";

const FILES = [
  ["falco_rules.yaml", STABLE],
  ["falco-incubating_rules.yaml", INCUBATING],
  ["falco-sandbox_rules.yaml", SANDBOX],
] as const;

const own = ["syscall.yaml", "syscall_incubating.yaml", "syscall_threats.yaml"].flatMap((file) =>
  ruleNames(join(import.meta.dirname, file)),
);

function ruleNames(path: string): string[] {
  return (parse(readFileSync(path, "utf8")) as readonly { readonly rule?: string }[]).flatMap(({ rule }) => rule ?? []);
}

describe.each(FILES)("the counterparts of %s", (file, counterparts) => {
  test("are default rules, at least one for each rule", () => {
    const rows = Object.entries(counterparts);
    expect(rows.filter(([, rules]) => rules.length === 0)).toEqual([]);
    expect(rows.flatMap(([, rules]) => rules).filter((rule) => !own.includes(rule))).toEqual([]);
  });

  test("are listed for each of its rules, and for no other rule", needs("upstream rules"), () => {
    const theirs = ruleNames(join(sharedFolder, "upstream-rules", file));
    expect(Object.keys(counterparts).sort()).toEqual(theirs.sort());
  });
});

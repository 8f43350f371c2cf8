import { describe, expect, it } from "vitest";
import { optionsAt } from "./completion.ts";
import type { Vocabulary } from "./protocol.ts";
import { vocabulary } from "./vocabulary.ts";
import { contextAt } from "./yaml-context.ts";

const words: Vocabulary = await vocabulary({ files: [], statics: { site: "x" }, sources: ["app"], switched: {} });
const checked = {
  macros: [{ name: "opens", text: "evt.type = open" }],
  lists: [{ name: "shells", text: "sh, bash" }],
};

/** What is offered at the `^` of a text. */
function offered(marked: string): string[] {
  const offset = marked.indexOf("^");
  const spot = contextAt(marked.replace("^", ""), offset);
  return optionsAt(spot, { vocabulary: words, checked }).map(({ label }) => label);
}

describe("what is offered", () => {
  it("at the beginning of an item: its kinds", () => {
    expect(offered("- ^").sort()).toEqual([
      ...["list", "macro", "required_engine_version", "required_plugin_versions", "rule"],
    ]);
  });

  it("for keys: those that the item does not have yet", () => {
    const keys = offered("- rule: One\n  desc: x\n  ^\n  output: y\n");
    expect(keys).toEqual(expect.arrayContaining(["condition", "priority", "exceptions"]));
    for (const known of ["rule", "desc", "output", "items"]) expect(keys).not.toContain(known);
    expect(offered("- list: l\n  ^")).toEqual(["items", "override"]);
    expect(offered("- rule: One\n  exceptions:\n    - ^")).toEqual(["name", "fields", "comps", "values"]);
  });

  it("in conditions: fields, macros, transformers and operators, of the rule's source", () => {
    const found = offered("- rule: One\n  condition: opens and ^");
    expect(found).toEqual(
      expect.arrayContaining(["proc.name", "static.site", "opens", "tolower", "and", "startswith"]),
    );
    expect(found).not.toContain("ka.verb");
    expect(found).not.toContain("shells");
    const audit = offered("- rule: One\n  source: k8s_audit\n  condition: ^");
    expect(audit).toContain("ka.verb");
    expect(audit).not.toContain("fd.name");
  });

  it("behind evt.type: events, also in a list over several lines", () => {
    expect(offered("- rule: One\n  condition: evt.type = op^")).toContain("openat");
    expect(offered("- rule: One\n  condition: >\n    evt.type in (open,\n    op^")).toContain("openat2");
  });

  it("in parentheses: lists; behind an operator: nothing, as it is a value", () => {
    expect(offered("- macro: m\n  condition: proc.name in (^")).toEqual(["shells"]);
    expect(offered("- macro: m\n  condition: proc.name startswith ba^")).toEqual([]);
  });

  it("in outputs: fields, behind the sign alone", () => {
    expect(offered('- rule: One\n  output: "user %us^')).toContain("%user.name");
    expect(offered('- rule: One\n  output: "us^')).toEqual([]);
  });

  it("for other values: what they can be", () => {
    expect(offered("- rule: One\n  priority: ^")).toContain("WARNING");
    expect(offered("- rule: One\n  source: ^")).toEqual(expect.arrayContaining(["syscall", "k8s_audit", "app"]));
    expect(offered("- rule: One\n  enabled: ^")).toEqual(["true", "false"]);
    expect(offered("- list: l\n  items: [a, ^")).toEqual(["shells"]);
    expect(offered("- rule: One\n  exceptions:\n    - name: a\n      fields: [pr^")).toContain("proc.name");
    expect(offered("- rule: One\n  exceptions:\n    - name: a\n      comps: [^")).toContain("startswith");
    expect(offered("- rule: One\n  override:\n    condition: ^")).toEqual(["append", "replace"]);
  });
});

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

/** Returns the labels of the completions at the `^` in a text. */
function labelsAt(marked: string): string[] {
  const offset = marked.indexOf("^");
  const context = contextAt(marked.replace("^", ""), offset);
  return optionsAt(context, { vocabulary: words, checked }).map(({ label }) => label);
}

describe("completion", () => {
  it("offers kinds of items at the start of an item", () => {
    expect(labelsAt("- ^").sort()).toEqual([
      ...["list", "macro", "required_engine_version", "required_plugin_versions", "rule"],
    ]);
  });

  it("offers keys that the item does not have yet", () => {
    const keys = labelsAt("- rule: One\n  desc: x\n  ^\n  output: y\n");
    expect(keys).toEqual(expect.arrayContaining(["condition", "priority", "exceptions"]));
    for (const known of ["rule", "desc", "output", "items"]) expect(keys).not.toContain(known);
    expect(labelsAt("- list: l\n  ^")).toEqual(["items", "override"]);
    expect(labelsAt("- rule: One\n  exceptions:\n    - ^")).toEqual(["name", "fields", "comps", "values"]);
  });

  it("offers fields of the source, macros, transformers and operators in a condition", () => {
    const found = labelsAt("- rule: One\n  condition: opens and ^");
    expect(found).toEqual(
      expect.arrayContaining(["proc.name", "static.site", "opens", "tolower", "and", "startswith"]),
    );
    expect(found).not.toContain("ka.verb");
    expect(found).not.toContain("shells");
    const audit = labelsAt("- rule: One\n  source: k8s_audit\n  condition: ^");
    expect(audit).toContain("ka.verb");
    expect(audit).not.toContain("fd.name");
  });

  it("offers events after evt.type, also in a list over several lines", () => {
    expect(labelsAt("- rule: One\n  condition: evt.type = op^")).toContain("openat");
    expect(labelsAt("- rule: One\n  condition: >\n    evt.type in (open,\n    op^")).toContain("openat2");
  });

  it("offers lists in parentheses, and nothing for a value", () => {
    expect(labelsAt("- macro: m\n  condition: proc.name in (^")).toEqual(["shells"]);
    expect(labelsAt("- macro: m\n  condition: proc.name startswith ba^")).toEqual([]);
  });

  it("offers fields in an output after the percent sign only", () => {
    expect(labelsAt('- rule: One\n  output: "user %us^')).toContain("%user.name");
    expect(labelsAt('- rule: One\n  output: "us^')).toEqual([]);
  });

  it("offers the valid values of other keys", () => {
    expect(labelsAt("- rule: One\n  priority: ^")).toContain("WARNING");
    expect(labelsAt("- rule: One\n  source: ^")).toEqual(expect.arrayContaining(["syscall", "k8s_audit", "app"]));
    expect(labelsAt("- rule: One\n  enabled: ^")).toEqual(["true", "false"]);
    expect(labelsAt("- list: l\n  items: [a, ^")).toEqual(["shells"]);
    expect(labelsAt("- rule: One\n  exceptions:\n    - name: a\n      fields: [pr^")).toContain("proc.name");
    expect(labelsAt("- rule: One\n  exceptions:\n    - name: a\n      comps: [^")).toContain("startswith");
    expect(labelsAt("- rule: One\n  override:\n    condition: ^")).toEqual(["append", "replace"]);
  });
});

import type { Covered } from "../src/api/attack/covered.ts";
import { ELSEWHERE, OPEN, type Reason } from "../src/api/attack/reasons.ts";
import { attack, type Technique } from "../src/api/attack/techniques.ts";
import { coverage, type TaggedRule } from "./attack/coverage.ts";
import { anchor, markdownTable, type Write } from "./table.ts";

/** The documents about rules, by the prefix of the name of the rule file. */
const DOCUMENTS: readonly (readonly [file: string, document: string])[] = [
  ["k8s_audit", "k8s-audit-rules.md"],
  ["file_integrity", "file-integrity.md"],
  ["suricata", "network-rules.md"],
  ["firewall", "network-rules.md"],
  ["", "rules.md"],
];

/** The tables of docs/attack-coverage.md. */
export const attackTables: Readonly<Record<string, Write>> = {
  "attack-version": () =>
    `ATT&CK Enterprise, version ${attack.version}: ${attack.techniques.length} techniques for Linux and Containers.`,
  "attack-summary": () => {
    const all = coverage();
    return markdownTable(
      ["tactic", "techniques", "with a rule", "without"],
      [...tacticsOf(all), "all"].map((tactic) => {
        const some = all.filter(({ technique }) => tactic === "all" || technique.tactics.includes(tactic));
        const covered = some.filter(({ rules }) => rules.length > 0).length;
        return [tactic.replaceAll("-", " "), `${some.length}`, `${covered}`, `${some.length - covered}`];
      }),
    );
  },
  "attack-covered": () =>
    markdownTable(
      ["technique", "tactics", "default rules"],
      coverage()
        .filter(({ rules }) => rules.length > 0)
        .map(({ technique, rules, shownBy }) => [
          techniqueLink(technique),
          technique.tactics.map((tactic) => tactic.replaceAll("-", " ")).join(", "),
          `${shownBy === undefined ? "" : `as ${shownBy}: `}${rules.map(ruleLink).join(", ")}`,
        ]),
    ),
  "attack-elsewhere": () => reasonTable("why there is no rule", ELSEWHERE),
  "attack-open": () => reasonTable("why there is no rule", OPEN),
};

/** Returns a table of techniques without a rule, by reason. */
function reasonTable(title: string, reasons: readonly Reason[]): string {
  const uncovered = coverage().filter(({ rules }) => rules.length === 0);
  const rows = reasons.map(({ why }) => [
    why,
    uncovered
      .filter((each) => each.why === why)
      .map(({ technique }) => techniqueLink(technique))
      .join(", "),
  ]);
  return markdownTable(
    [title, "techniques"],
    rows.filter(([, techniques]) => techniques !== ""),
  );
}

function tacticsOf(all: readonly Covered<TaggedRule>[]): string[] {
  return [...new Set(all.flatMap(({ technique }) => technique.tactics))].sort();
}

function techniqueLink({ id, name }: Technique): string {
  return `[${id}](https://attack.mitre.org/techniques/${id.replace(".", "/")}/) ${name}`;
}

function ruleLink({ name, file }: TaggedRule): string {
  const document = DOCUMENTS.find(([start]) => file.startsWith(start))?.[1] ?? "rules.md";
  return `[${name}](${document}#${anchor(name)})`;
}

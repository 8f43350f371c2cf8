import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { DRILL_ACTIONS } from "../src/drill/actions.ts";
import { anchor, markdownTable, type Write } from "./table.ts";

const home = join(import.meta.dirname, "..");

/** The parts of a rule that the documents show. */
interface DocumentedRule {
  readonly rule: string;
  readonly desc: string;
  readonly priority: string;
  readonly tags: readonly string[];
  readonly exceptions: readonly DocumentedException[];
  readonly source?: string;
  readonly enabled?: boolean;
}

interface DocumentedException {
  readonly name: string;
  readonly fields: string | readonly string[];
  readonly comps: string | readonly string[];
  readonly values?: readonly unknown[];
}

const syscallStable = readRules("rules/syscall.yaml");
const syscallIncubating = readRules("rules/syscall_incubating.yaml");
const syscallThreats = readRules("rules/syscall_threats.yaml");
const suricata = readRules("rules/suricata.yaml");
const firewall = readRules("rules/firewall.yaml");
const fileIntegrity = readRules("rules/file_integrity.yaml");
const audit = readRules("rules/k8s_audit.yaml");

/** The tables and sections in the documents about rules, such as docs/rules.md and docs/file-integrity.md. */
export const rulesTables: Readonly<Record<string, Write>> = {
  "rules-stable": () => rulesTable(syscallStable),
  "rules-incubating": () => rulesTable(syscallIncubating),
  "rules-threats": () => rulesTable(syscallThreats),
  "rules-each": () => ruleSections([...syscallStable, ...syscallIncubating, ...syscallThreats]),
  "k8s-audit-rules-stable": () => rulesTable(auditRules("stable")),
  "k8s-audit-rules-incubating": () => rulesTable(auditRules("incubating")),
  "k8s-audit-rules-disabled": () => rulesTable(auditRules("disabled")),
  "k8s-audit-rules-activity": () => rulesTable(auditRules("activity")),
  "k8s-audit-rules-each": () =>
    ruleSections([
      ...auditRules("stable"),
      ...auditRules("incubating"),
      ...auditRules("disabled"),
      ...auditRules("activity"),
    ]),
  "suricata-rules": () => rulesTable(suricata),
  "firewall-rules": () => rulesTable(firewall),
  "file-integrity-rules": () => rulesTable(fileIntegrity),
  "file-integrity-rules-each": () => ruleSections(fileIntegrity),
  "network-rules-each": () => ruleSections([...suricata, ...firewall]),
};

/** Returns the rules in a section of docs/k8s-audit-rules.md. */
function auditRules(section: "stable" | "incubating" | "disabled" | "activity"): readonly DocumentedRule[] {
  return audit.filter(({ enabled, tags }) => {
    if (enabled === false) return section === "disabled";
    if (tags.includes("activity")) return section === "activity";
    return section === (tags.includes("maturity_stable") ? "stable" : "incubating");
  });
}

function readRules(file: string): DocumentedRule[] {
  const items: unknown = parse(readFileSync(join(home, file), "utf8"));
  if (!Array.isArray(items)) throw new Error(`${file} is not a list`);
  return items.filter(isDocumented);
}

function isDocumented(item: unknown): item is DocumentedRule {
  return typeof item === "object" && item !== null && "rule" in item;
}

function rulesTable(rules: readonly DocumentedRule[]): string {
  const hasWhere = rules.some((rule) => where(rule) !== "");
  const rows = rules.map((rule) => {
    const link = `[${rule.rule}](#${anchor(rule.rule)})`;
    return hasWhere
      ? [link, title(rule.priority), where(rule), attack(rule)]
      : [link, title(rule.priority), attack(rule)];
  });
  return markdownTable(["rule", "priority", ...(hasWhere ? ["where"] : []), "MITRE ATT&CK"], rows);
}

function ruleSections(rules: readonly DocumentedRule[]): string {
  return rules.map(ruleSection).join("\n");
}

function ruleSection(rule: DocumentedRule): string {
  const actions = DRILL_ACTIONS.filter((action) => action.rule === rule.rule).map((action) => `\`${action.name}\``);
  const facts = [
    `**${title(rule.priority)}**`,
    where(rule),
    attack(rule),
    rule.enabled === false ? "disabled by default" : "",
    actions.length === 0 ? "" : `drill: ${actions.join(", ")}`,
  ];
  const rows = rule.exceptions.map(({ name, fields, comps, values }) => {
    const operators = [comps].flat();
    const test = [fields].flat().map((field, n) => `\`${field} ${operators[n]}\``);
    return [`\`${name}\``, test.join(" and "), values?.map(valueText).join("<br>") ?? ""];
  });
  return `## ${rule.rule}

${rule.desc}

${facts.filter((fact) => fact !== "").join(" · ")}

${markdownTable(["exception", "compares", "default values"], rows)}`;
}

function valueText(given: unknown): string {
  const text = Array.isArray(given) ? given.map((part) => [part].flat().join(", ")).join(" + ") : String(given);
  return `\`${text.trim()}\``;
}

function title(priority: string): string {
  return priority.charAt(0) + priority.slice(1).toLowerCase();
}

function where({ tags }: DocumentedRule): string {
  return ["host", "container"].filter((place) => tags.includes(place)).join(", ");
}

function attack({ tags }: DocumentedRule): string {
  const tactic = tags
    .find((tag) => tag.startsWith("mitre_"))
    ?.slice("mitre_".length)
    .replaceAll("_", " ");
  const techniques = tags
    .filter((tag) => /^TA?\d/.test(tag))
    .map((tag) => {
      const kind = tag.startsWith("TA") ? "tactics" : "techniques";
      return `[${tag}](https://attack.mitre.org/${kind}/${tag.replace(".", "/")}/)`;
    });
  return techniques.length === 0 ? (tactic ?? "") : `${tactic}: ${techniques.join(", ")}`;
}

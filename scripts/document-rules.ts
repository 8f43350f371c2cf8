/**
 * Writes docs/rules.md, docs/k8s-audit-rules.md and docs/network-rules.md from the default rule files and docs/drill.md from the table of drill actions.
 * `node scripts/document-rules.ts` writes them; a test compares them with what it would write.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { DrillAction } from "../src/drill/action.ts";
import { DRILL_ACTIONS } from "../src/drill/actions.ts";

const home = join(import.meta.dirname, "..");

/** The parts of a rule in the documents. */
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

/** The documents, by their path below the project's folder. */
export function documents(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/rules.md", rulesDocument(readRules("rules/syscall.yaml"), readRules("rules/syscall-incubating.yaml"))],
    ["docs/k8s-audit-rules.md", auditDocument(readRules("rules/k8s_audit.yaml"))],
    ["docs/network-rules.md", networkDocument(readRules("rules/suricata.yaml"), readRules("rules/firewall.yaml"))],
    ["docs/drill.md", drillDocument(DRILL_ACTIONS)],
  ]);
}

function readRules(file: string): DocumentedRule[] {
  const items: unknown = parse(readFileSync(join(home, file), "utf8"));
  if (!Array.isArray(items)) throw new Error(`${file} holds no list`);
  return items.filter(isDocumented);
}

function isDocumented(item: unknown): item is DocumentedRule {
  return typeof item === "object" && item !== null && "rule" in item;
}

function rulesDocument(stable: readonly DocumentedRule[], incubating: readonly DocumentedRule[]): string {
  return `# Default rules

<!-- Made from rules/syscall.yaml and rules/syscall-incubating.yaml by scripts/document-rules.ts. -->

These ${stable.length + incubating.length} rules detect suspicious behavior of processes (source \`syscall\`). They are loaded when no rule file is named. The rules for
requests to a Kubernetes API server are in [k8s-audit-rules.md](k8s-audit-rules.md), those for a network IDS and firewalls
in [network-rules.md](network-rules.md). The exact conditions are in the rule files. A tag states the maturity of a rule:

- \`maturity_stable\`, in \`rules/syscall.yaml\`: ${stable.length} rules that indicate an attack. \`sudo eyas drill\` triggers each of them
  without harm; see [drill.md](drill.md).
- \`maturity_incubating\`, in \`rules/syscall-incubating.yaml\`: ${incubating.length} rules for activity that is often benign and should be
  explainable. Tune them with their exceptions. To disable them: \`-o rules[].disable.tag=maturity_incubating\`.

With \`rule_matching: first\`, stable rules take precedence.

${rulesTable("Stable rules", stable)}

${rulesTable("Incubating rules", incubating)}

## Tuning a rule

Every rule has named exceptions. Add values to one from a file of your own, which is read after the default rules:

\`\`\`yaml
- rule: Credential file read by unexpected program
  exceptions:
    - name: program_and_file
      values: [[backup-agent, /etc/shadow]]
  override: { exceptions: append }
\`\`\`

\`\`\`
sudo eyas run -r rules/syscall.yaml -r rules/syscall-incubating.yaml -r my-exceptions.yaml
\`\`\`

A row of values excludes an event when all of its comparisons are true. An exception with one field takes plain values instead
of rows: \`values: [backup-agent]\`. [tuning.md](tuning.md) describes this and three other ways.

${[...stable, ...incubating].map(ruleSection).join("\n\n")}
`;
}

function auditDocument(rules: readonly DocumentedRule[]): string {
  const on = rules.filter(({ enabled }) => enabled !== false);
  const has = (tag: string) => (rule: DocumentedRule) => rule.tags.includes(tag);
  const activity = on.filter(has("activity"));
  const stable = on.filter(has("maturity_stable"));
  const incubating = on.filter((rule) => has("maturity_incubating")(rule) && !activity.includes(rule));
  const off = rules.filter(({ enabled }) => enabled === false);
  return `# Default rules for Kubernetes audit events

<!-- Made from rules/k8s_audit.yaml by scripts/document-rules.ts. -->

These ${rules.length} rules detect suspicious requests to a Kubernetes API server (source \`k8s_audit\`). They are loaded when this source is enabled
and no rule file is named. There are four kinds:

- \`maturity_stable\`: ${stable.length} rules that indicate an attack or risky exposure.
- \`maturity_incubating\`: ${incubating.length} rules for activity that is often benign and should be explainable. Tune them with their
  exceptions.
- \`activity\`: ${activity.length} rules that record routine activity. To disable them: \`-o rules[].disable.tag=activity\`.
- ${off.length} rules that are disabled by default, most of them until you list your users, administrators or images.

Each request raises an alert once: when it completes, or, for a long-running request (exec, attach, port-forward, proxy, watch),
when its response starts. Routine requests of the control plane and of kubelets are excluded. The expected alerts for 182 recorded
scenarios are in \`test/k8s-audit/scenarios.yaml\`.

${rulesTable("Stable rules", stable)}

${rulesTable("Incubating rules", incubating)}

${rulesTable("Rules disabled by default", off)}

${rulesTable("Activity records", activity)}

## Tuning a rule

Every rule has named exceptions. Add values to one from a file of your own, which is read after the default rules:

\`\`\`yaml
- rule: Pod exec or attach session opened
  exceptions:
    - name: user_and_namespace
      values: [[alice, sandbox]]
  override: { exceptions: append }
\`\`\`

A row of values excludes an event when all of its comparisons are true. An exception with one field takes plain values instead
of rows: \`values: [registry.example.com/agent]\`. [tuning.md](tuning.md) describes this and three other ways.

${[...stable, ...incubating, ...off, ...activity].map(ruleSection).join("\n\n")}
`;
}

function networkDocument(ids: readonly DocumentedRule[], firewall: readonly DocumentedRule[]): string {
  return `# Default rules for a network IDS and for firewalls

<!-- Made from rules/suricata.yaml and rules/firewall.yaml by scripts/document-rules.ts. -->

These rules evaluate events of Suricata (source \`suricata\`, ${ids.length} rules) and of firewalls (source \`firewall\`, ${firewall.length} rules). They are loaded
when their source is enabled and no rule file is named. Where a local process has the flow of an event, its fields (\`proc.*\`,
\`user.*\`, \`container.*\`) have values, and many rules use them. Rules tagged \`activity\` record routine activity. To disable
them: \`-o rules[].disable.tag=activity\`.

${rulesTable("Rules for the IDS", ids)}

${rulesTable("Rules for firewalls", firewall)}

## Tuning a rule

Every rule has named exceptions. Add values to one from a file of your own, which is read after the default rules:

\`\`\`yaml
- rule: High-severity IDS alert for host program
  exceptions:
    - name: program_and_signature
      values: [[java, 2033079]]
  override: { exceptions: append }
\`\`\`

[tuning.md](tuning.md) describes this and three other ways.

${[...ids, ...firewall].map(ruleSection).join("\n\n")}
`;
}

function rulesTable(heading: string, rules: readonly DocumentedRule[]): string {
  const placed = rules.some((rule) => where(rule) !== "");
  const rows = rules.map((rule) => {
    const cells = [`[${rule.rule}](#${anchor(rule.rule)})`, title(rule.priority), where(rule), attack(rule)];
    return `| ${cells.filter((_cell, n) => placed || n !== 2).join(" | ")} |`;
  });
  return `## ${heading}

| rule | priority |${placed ? " where |" : ""} MITRE ATT&CK |
|---|---|---|${placed ? "---|" : ""}
${rows.join("\n")}`;
}

function ruleSection(rule: DocumentedRule): string {
  const actions = DRILL_ACTIONS.filter((action) => action.rule === rule.rule).map((action) => `\`${action.name}\``);
  const off = rule.enabled === false ? " · disabled by default" : "";
  const drilled = actions.length === 0 ? "" : ` · drill: ${actions.join(", ")}`;
  const rows = rule.exceptions.map((exception) => {
    const fields = [exception.fields].flat();
    const comps = [exception.comps].flat();
    const test = fields.map((field, n) => `\`${field} ${comps[n]}\``).join(" and ");
    return `| \`${exception.name}\` | ${test} | ${exception.values?.map(value).join("<br>") ?? ""} |`;
  });
  return `## ${rule.rule}

${rule.desc}

${[`**${title(rule.priority)}**`, where(rule), attack(rule)].filter((part) => part !== "").join(" · ")}${off}${drilled}

| exception | compares | default values |
|---|---|---|
${rows.join("\n")}`;
}

function value(given: unknown): string {
  const text = Array.isArray(given) ? given.map((part) => [part].flat().join(", ")).join(" + ") : String(given);
  return `\`${text.trim()}\``;
}

function drillDocument(actions: readonly DrillAction[]): string {
  return `# The drill

<!-- Made from src/drill/actions.ts by scripts/document-rules.ts. -->

\`eyas drill\` does ${actions.length} things that look hostile and harm nothing, so that every stable default rule fires at least once. Start
the sensor in one terminal and the drill in another:

\`\`\`
sudo eyas run
sudo eyas drill
\`\`\`

\`\`\`
eyas drill --list                              what each action does; nothing is done
sudo eyas drill --only read-shadow shred       these two
sudo eyas drill --benign                       the benign twins: nearly the same, and no rule fires
eyas drill --check alerts.jsonl                which actions do these alerts show?
\`\`\`

It takes about ten seconds. Without root, actions that need it are skipped and say so.

- No real file is changed. Of the files of the system, /etc/shadow is the only secret one that is read, and what is read is thrown away.
- Nothing leaves the machine: connections go to the loopback address or stay inside a network namespace that ends there.
- Programs with alarming names are links to or copies of \`true\`, \`cat\`, a shell or Node.js.
- "In a container" means in a cgroup whose path has the form that container engines use. There is no container.
- When the drill ends, is interrupted with Ctrl-C or ended with SIGTERM, it ends its processes and removes its folders and cgroups.
  After SIGKILL what may be left are folders called \`eyas-drill-…\` in the temporary folder and in /dev/shm, and empty cgroups.

| action | rule | needs |
|---|---|---|
${actions.map((action) => `| [${action.name}](#${anchor(action.name)}) | [${action.rule}](rules.md#${anchor(action.rule)}) | ${action.needs.join(", ")} |`).join("\n")}

${actions.map(actionSection).join("\n\n")}
`;
}

function actionSection(action: DrillAction): string {
  return `## ${action.name}

${action.does}

- Fires: [${action.rule}](rules.md#${anchor(action.rule)})
- Harmless: ${action.harmless}
- Clean-up: ${action.cleanUp}
- Benign twin: ${action.twin}`;
}

function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(" ", "-")
    .replace(/[^a-z0-9_-]/g, "");
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

if (import.meta.main) for (const [path, text] of documents()) writeFileSync(join(home, path), text);

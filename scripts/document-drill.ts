import type { DrillAction } from "../src/drill/action.ts";
import { FILE_ACTIONS, SYSCALL_ACTIONS, sourceOf } from "../src/drill/actions.ts";
import { DOCUMENT_ACTIONS } from "../src/drill/documents/list.ts";
import { UNDRILLED } from "../src/drill/undrilled.ts";
import { anchor, markdownTable, type Write } from "./table.ts";

/** The documents about rules, by source. */
const RULES: Readonly<Record<string, string>> = {
  k8s_audit: "k8s-audit-rules.md",
  file_integrity: "file-integrity.md",
  suricata: "network-rules.md",
  firewall: "network-rules.md",
};

/** The tables of docs/drill.md. */
export const drillTables: Readonly<Record<string, Write>> = {
  "drill-actions": () =>
    markdownTable(
      ["action", "rule", "requirements"],
      SYSCALL_ACTIONS.map((action) => [
        `[${action.name}](#${anchor(action.name)})`,
        ruleLink(action),
        action.needs.join(", "),
      ]),
    ),
  "drill-files": () =>
    markdownTable(
      ["action", "rule", "what it does", "why it is harmless", "benign variant"],
      FILE_ACTIONS.map((action) => [action.name, ruleLink(action), action.does, action.harmless, action.twin]),
    ),
  "drill-documents": () =>
    markdownTable(
      ["action", "rule", "what the event reports", "benign variant"],
      DOCUMENT_ACTIONS.map((action) => [action.name, ruleLink(action), action.does, action.twin]),
    ),
  "drill-undrilled": () =>
    markdownTable(
      ["rule", "why there is no action"],
      UNDRILLED.map(({ rule, why }) => [rule, why]),
    ),
  "drill-each": () => SYSCALL_ACTIONS.map(actionSection).join("\n"),
};

function ruleLink(action: DrillAction): string {
  return `[${action.rule}](${RULES[sourceOf(action)] ?? "rules.md"}#${anchor(action.rule)})`;
}

function actionSection(action: DrillAction): string {
  const { name, does, harmless, cleanUp, twin, also = [] } = action;
  const others = also.length === 0 ? "" : `, and ${also.join(", ")}`;
  return `## ${name}

${does}

- Rule: ${ruleLink(action)}${others}
- Why it is harmless: ${harmless}
- Clean-up: ${cleanUp}
- Benign variant: ${twin}
`;
}

import type { DrillAction } from "../src/drill/action.ts";
import { DRILL_ACTIONS } from "../src/drill/actions.ts";
import { anchor, markdownTable, type Write } from "./table.ts";

/** The tables of docs/drill.md. */
export const drillTables: Readonly<Record<string, Write>> = {
  "drill-actions": () =>
    markdownTable(
      ["action", "rule", "requirements"],
      DRILL_ACTIONS.map(({ name, rule, needs }) => [
        `[${name}](#${anchor(name)})`,
        `[${rule}](rules.md#${anchor(rule)})`,
        needs.join(", "),
      ]),
    ),
  "drill-each": () => DRILL_ACTIONS.map(actionSection).join("\n"),
};

function actionSection({ name, does, rule, harmless, cleanUp, twin }: DrillAction): string {
  return `## ${name}

${does}

- Rule: [${rule}](rules.md#${anchor(rule)})
- Why it is harmless: ${harmless}
- Clean-up: ${cleanUp}
- Benign twin: ${twin}
`;
}

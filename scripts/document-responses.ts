import { allActions } from "../src/agent/responses/response-list.ts";
import { type Action, fieldsOf, isCall, type Parameter } from "../src/response/action.ts";
import { actions } from "../src/response/list.ts";
import { withFallbacks } from "../src/response/parameters.ts";
import { durationText } from "../src/response/rule/measures.ts";
import { talonActions } from "../src/response/rule/talon-names.ts";
import { anchor, markdownTable, type Write } from "./table.ts";

/** The tables of docs/responses.md. */
export const responsesTables: Readonly<Record<string, Write>> = {
  "responses-talon": () =>
    `${talonActions
      .filter((name) => Object.hasOwn(actions, name))
      .map((name) => `\`${name}\``)
      .join(", ")}.`,
  "responses-actions": async () =>
    markdownTable(
      ["action", "description"],
      (await allActions()).map(({ name, about }) => [`[\`${name}\`](#${anchor(name)})`, about]),
    ),
  "responses-each": async () => (await allActions()).map(actionSection).join("\n"),
};

function actionSection(action: Action): string {
  const { name, about, parameters, permissions } = action;
  const rows = Object.entries(parameters).map(([key, parameter]) => parameterRow(key, parameter));
  const table = rows.length === 0 ? "" : `${markdownTable(["parameter", "value", "default", "description"], rows)}\n`;
  const fields = fieldsOf(action, withFallbacks(parameters, {})).map((field) => `\`${field}\``);
  const read = fields.length === 0 ? "" : `Fields: ${fields.join(", ")}.\n\n`;
  const required = permissions.map((line) => `- ${permissionText(line)}\n`).join("");
  return `### ${name}

${about} ${factsOf(action).join(" ")}

\`\`\`yaml
${exampleOf(action)}
\`\`\`

${table}${read}Requirements:

${required}`;
}

function factsOf(action: Action): string[] {
  const { continues, repeatable, cooldown } = action;
  return [
    continues ? "Subsequent actions run." : "By default, no subsequent action runs.",
    repeatable ? "Idempotent." : "Not idempotent.",
    ...(isCall(action)
      ? ["The action has no cooldown."]
      : cooldown === undefined
        ? []
        : [`The default cooldown is ${durationText(cooldown)}.`]),
  ];
}

function exampleOf({ name, example }: Action): string {
  if (example === "") return `- ${name}`;
  const parameters = example.split("\n").map((line) => `    ${line}`);
  return [`- action: ${name}`, "  parameters:", ...parameters].join("\n");
}

/** Formats a permission; a JSON policy is shown as code. */
function permissionText(line: string): string {
  return line.startsWith("{") ? `\`${line}\`` : line;
}

function parameterRow(name: string, { about, takes, required, fallback, secret }: Parameter): string[] {
  const value = required ? "required" : fallback === undefined ? "" : `\`${JSON.stringify(fallback)}\``;
  return [`\`${name}\``, takes, value, `${about}${secret ? " Secret." : ""}`];
}

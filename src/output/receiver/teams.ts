import { ignored, type Settings, text, webAddress, word } from "../../setting/shape.ts";
import { OPEN_ALERT } from "../alert-link.ts";
import { cut, type Facts, valueText } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  webhookurl: webAddress("Address of the workflow. Setting this key enables the output."),
  outputformat: word(["all", "text", "facts"], "all", "Content of messages: the text, the fields, or both."),
  activityimage: ignored("workflow cards have no image", text("", "")),
} as const;

export type TeamsKeys = Settings<typeof keys>;

export const teamsOutput = overHttp({
  name: "teams",
  about: "Sends alerts to Microsoft Teams.",
  keys,
  enabledBy: "webhookurl",
  example: "webhookurl: ${TEAMS_WORKFLOW}\noutputformat: text",
  form: teams,
});

/** Teams accepts messages of up to 28 kB. */
const LONGEST_TEXT = 3000;
const LONGEST_VALUE = 250;
const MOST_FACTS = 30;

/** Microsoft Teams workflows: one Adaptive Card per alert. Text runs have no markup, so no escaping is needed. */
export function teams(keys: TeamsKeys): HttpForm {
  return {
    name: "teams",
    urls: [new URL(keys.webhookurl)],
    maxAlerts: 1,
    isPersistent: (body) => body.includes("WorkflowTriggerIsNotEnabled"),
    body: (alerts) => JSON.stringify({ type: "message", attachments: alerts.map((facts) => cardOf(facts, keys)) }),
  };
}

function cardOf(facts: Facts, { outputformat }: TeamsKeys): object {
  const { alert } = facts;
  const severe = ["Emergency", "Alert", "Critical", "Error"].includes(alert.priority);
  const color = severe ? "attention" : alert.priority === "Warning" ? "warning" : "accent";
  const body = [
    line([{ text: `${alert.priority}: ${alert.rule}`, weight: "bolder", size: "large", color }]),
    ...(outputformat === "facts" ? [] : [line([{ text: cut(alert.text, LONGEST_TEXT) }])]),
    ...(outputformat === "text"
      ? []
      : rowsOf(facts).map(([name, value]) =>
          line([{ text: `${name}  `, weight: "bolder" }, { text: cut(value, LONGEST_VALUE) }]),
        )),
  ];
  return {
    contentType: "application/vnd.microsoft.card.adaptive",
    content: {
      type: "AdaptiveCard",
      $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
      version: "1.4",
      body,
      ...(facts.link !== undefined && {
        actions: [{ type: "Action.OpenUrl", title: OPEN_ALERT, url: facts.link }],
      }),
    },
  };
}

function rowsOf({ alert, hostname, fields, isoTime }: Facts): (readonly [string, string])[] {
  const rows = [
    ["time", isoTime],
    ["source", alert.source],
    ["hostname", hostname],
    ["tags", alert.tags.join(", ")],
    ...fields.slice(0, MOST_FACTS).map((field) => [field.name, valueText(field)] as const),
  ] as const;
  return rows.filter(([, value]) => value !== "");
}

interface Run {
  readonly text: string;
  readonly weight?: "bolder";
  readonly size?: "large";
  readonly color?: "attention" | "warning" | "accent";
}

function line(runs: readonly Run[]): object {
  return { type: "RichTextBlock", inlines: runs.map((run) => ({ type: "TextRun", ...run })) };
}

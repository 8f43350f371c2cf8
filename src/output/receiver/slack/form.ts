import type { Alert } from "../../../alert/alert.ts";
import { cut, type Facts, valueText } from "../../facts.ts";
import { type MessageFormat, messageFormat } from "../../template/message-format.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import type { SlackKeys } from "../slack.ts";

const colorOf: Readonly<Record<Alert["priority"], string>> = {
  Emergency: "#e20b0b",
  Alert: "#ff5400",
  Critical: "#ff5400",
  Error: "#e20b0b",
  Warning: "#ffc700",
  Notice: "#5bffb5",
  Informational: "#68c2ff",
  Debug: "#ccfff2",
};
/** Maximum characters of a value that fits in half a row. */
const SHORT = 36;
/** Slack truncates longer texts itself, in the middle of an escape. */
const LONGEST_TEXT = 8000;
const LONGEST_VALUE = 2000;
/** Slack accepts 40,000 characters in a message. */
const LONGEST_MESSAGE = 30_000;

/** Incoming webhooks of Slack: a message per alert, with its fields. */
export function slack(keys: SlackKeys): HttpForm {
  const format = messageFormat("outputs.slack.messageformat", keys.messageformat, literal);
  return {
    name: "slack",
    urls: [new URL(keys.webhookurl)],
    maxAlerts: 1,
    body: (alerts) => JSON.stringify(messageOf(alerts, keys, format)),
    ...(format && { warnings: format.warnings }),
  };
}

function messageOf(
  alerts: readonly Facts[],
  { channel, username, icon, footer, outputformat }: SlackKeys,
  format: MessageFormat | undefined,
): object {
  const text = format && cut(alerts.map(format.text).join("\n"), LONGEST_MESSAGE);
  const attachments = alerts.map((facts) => {
    const text = literal(cut(facts.alert.text, LONGEST_TEXT));
    return {
      fallback: text,
      color: colorOf[facts.alert.priority],
      mrkdwn_in: [],
      ...(outputformat !== "fields" && { text }),
      ...(outputformat !== "text" && { fields: fieldsOf(facts) }),
      ...(footer !== "" && { footer }),
    };
  });
  return {
    ...(text && { text }),
    username,
    ...(icon !== "" && { icon_url: icon }),
    ...(channel !== "" && { channel }),
    attachments,
  };
}

function fieldsOf(facts: Facts): object[] {
  const { alert, hostname, fields, isoTime } = facts;
  const rows: (readonly [string, string])[] = [
    ["rule", alert.rule],
    ["priority", alert.priority],
    ["source", alert.source],
    ["hostname", hostname],
    ["tags", alert.tags.join(", ")],
    ...fields.map((field) => [field.name, valueText(field)] as const),
    ["time", isoTime],
  ];
  return rows
    .filter(([, value]) => value !== "")
    .map(([title, value]) => ({
      title: literal(title),
      value: literal(cut(value, LONGEST_VALUE)),
      short: title !== "time" && value.length < SHORT,
    }));
}

/** Escapes text: an alert adds no link and no mention. */
function literal(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

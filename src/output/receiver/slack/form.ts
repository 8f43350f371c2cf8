import type { Alert } from "../../../alert/alert.ts";
import { cut, type Facts, rowsOf } from "../../facts.ts";
import { messageFormat } from "../../template/message-format.ts";
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
/** Length in characters below which a value fits into half a row. */
const SHORT = 36;
/** Slack truncates longer strings itself, possibly in the middle of an escape sequence. */
const LONGEST_TEXT = 8000;
const LONGEST_VALUE = 2000;
/** Slack accepts messages of up to 40,000 characters. */
const LONGEST_MESSAGE = 30_000;

/** Keys of receivers that accept Slack messages. */
type Keys = Pick<SlackKeys, "webhookurl" | "username" | "icon" | "outputformat" | "messageformat"> &
  Partial<Pick<SlackKeys, "channel" | "footer">>;

/** A receiver that accepts Slack messages. */
interface Receiver {
  readonly name: string;
  /** Escapes text from alerts. */
  readonly quote: (text: string) => string;
  /** Maximum length of the text above the attachment, in characters. */
  readonly longest: number;
  readonly isPersistent?: (body: string) => boolean;
}

/** Slack incoming webhooks: one message per alert, with its fields. */
export function slack(keys: SlackKeys): HttpForm {
  return slackMessages({ name: "slack", quote: literal, longest: LONGEST_MESSAGE }, keys);
}

/** Incoming webhooks that accept Slack messages. */
export function slackMessages({ name, quote, longest, isPersistent }: Receiver, keys: Keys): HttpForm {
  const format = messageFormat(`outputs.${name}.messageformat`, keys.messageformat, quote);
  return {
    name,
    urls: [new URL(keys.webhookurl)],
    maxAlerts: 1,
    body(alerts) {
      const text = format && cut(alerts.map(format.text).join("\n"), longest);
      return JSON.stringify(messageOf(alerts, keys, text, quote));
    },
    ...(isPersistent && { isPersistent }),
    ...(format && { warnings: format.warnings }),
  };
}

function messageOf(
  alerts: readonly Facts[],
  { channel = "", username, icon, footer = "", outputformat }: Keys,
  text: string | undefined,
  quote: Receiver["quote"],
): object {
  const attachments = alerts.map((facts) => {
    const text = quote(cut(facts.alert.text, LONGEST_TEXT));
    return {
      fallback: text,
      color: colorOf[facts.alert.priority],
      mrkdwn_in: [],
      ...(facts.link !== undefined && { title: quote(facts.alert.rule), title_link: facts.link }),
      ...(outputformat !== "fields" && { text }),
      ...(outputformat !== "text" && { fields: fieldsOf(facts, quote) }),
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

function fieldsOf(facts: Facts, quote: Receiver["quote"]): object[] {
  return rowsOf(facts).map(([title, value]) => ({
    title: quote(title),
    value: quote(cut(value, LONGEST_VALUE)),
    short: title !== "time" && value.length < SHORT,
  }));
}

/** Escapes text, so that alerts cannot add links or mentions. */
function literal(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

import { OPEN_ALERT } from "../../alert-link.ts";
import { cut, type Facts, rowsOf } from "../../facts.ts";
import { inert } from "../../inert.ts";
import { type MessageFormat, messageFormat } from "../../template/message-format.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import type { GoogleChatKeys } from "../googlechat.ts";

/** Google Chat accepts messages of up to 32,000 bytes. */
const LONGEST_BODY = 30_000;
const LONGEST_TEXT = 4000;
const LONGEST_VALUE = 500;
/** Google Chat shows up to 100 widgets per card. */
const MOST_ROWS = 80;

/** Google Chat webhooks: one message per alert, with a card of its fields. */
export function googlechat(keys: GoogleChatKeys): HttpForm {
  const format = messageFormat("outputs.googlechat.messageformat", keys.messageformat, inert);
  return {
    name: "googlechat",
    urls: [new URL(keys.webhookurl)],
    maxAlerts: 1,
    body: (alerts) => alerts.map((facts) => bodyOf(facts, keys, format)).join("\n"),
    ...(format && { warnings: format.warnings }),
  };
}

/** Builds the message, with values shortened to fit the limit. */
function bodyOf(facts: Facts, keys: GoogleChatKeys, format: MessageFormat | undefined): string {
  const text = format?.text(facts) ?? inert(facts.alert.text);
  for (let part = 1; ; part *= 2) {
    const body = JSON.stringify(messageOf(facts, keys, text, part));
    if (Buffer.byteLength(body) <= LONGEST_BODY || LONGEST_VALUE / part < 2) return body;
  }
}

function messageOf(facts: Facts, { outputformat }: GoogleChatKeys, text: string, part: number): object {
  const { id, alert, link } = facts;
  const widgets = rowsOf(facts)
    .slice(0, MOST_ROWS)
    .map(([name, value]) => ({
      decoratedText: { topLabel: name, text: literal(cut(value, LONGEST_VALUE / part)), wrapText: true },
    }));
  const button = { text: OPEN_ALERT, onClick: { openLink: { url: link } } };
  const shown = link === undefined ? widgets : [...widgets, { buttonList: { buttons: [button] } }];
  const below = link === undefined || outputformat !== "text" ? "" : `\n<${link}|${OPEN_ALERT}>`; // there is no card
  const header = { title: alert.rule, subtitle: alert.priority };
  return {
    ...(outputformat !== "fields" && { text: `${cut(text, LONGEST_TEXT / part)}${below}` }),
    ...(outputformat !== "text" && { cardsV2: [{ cardId: id, card: { header, sections: [{ widgets: shown }] } }] }),
  };
}

/** Escapes text in a card, where Google Chat interprets HTML. */
function literal(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

import { type Settings, template, text, webAddress, word } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  webhookurl: webAddress("URL of the incoming webhook. Setting this key enables the output."),
  username: text("Eyas", "Name of the sender, if the server allows overriding it."),
  icon: text("", "Address of the sender's icon."),
  footer: text("", "Footer of the message."),
  outputformat: word(["all", "text", "fields"], "all", "Content of messages: the text, the fields, or both."),
  messageformat: template(
    "Text above the alert, with the fields `.Rule`, `.Priority`, `.Output`, `.OutputFields`, … of the alert.",
  ),
} as const;

export const mattermostOutput = overHttp({
  name: "mattermost",
  about: "Sends alerts to Mattermost.",
  keys,
  enabledBy: "webhookurl",
  example: "webhookurl: ${MATTERMOST_WEBHOOK}\nminimumpriority: warning",
  form: mattermost,
});

/** Maximum length of a message that the server accepts, in characters. */
const LONGEST_MESSAGE = 16_000;

/** Mattermost incoming webhooks, which accept Slack messages. */
export async function mattermost(settings: Settings<typeof keys>): Promise<HttpForm> {
  const [{ slackMessages }, { inert }] = await Promise.all([import("./slack/form.ts"), import("../inert.ts")]);
  const isPersistent = (body: string): boolean => body.includes("web.incoming_webhook.invalid");
  return slackMessages({ name: "mattermost", quote: inert, longest: LONGEST_MESSAGE, isPersistent }, settings);
}

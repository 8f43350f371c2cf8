import { ignored, type Settings, template, text, webAddress, word } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  webhookurl: webAddress("URL of the incoming webhook. Setting this key enables the output."),
  username: text("Eyas", "Name of the sender."),
  icon: text("", "Address of the sender's icon."),
  footer: ignored("Rocket.Chat messages have no footer", text("", "")),
  outputformat: word(["all", "text", "fields"], "all", "Content of messages: the text, the fields, or both."),
  messageformat: template(
    "Text above the alert, with the fields `.Rule`, `.Priority`, `.Output`, `.OutputFields`, … of the alert.",
  ),
} as const;

export const rocketchatOutput = overHttp({
  name: "rocketchat",
  about: "Sends alerts to Rocket.Chat.",
  keys,
  enabledBy: "webhookurl",
  example: "webhookurl: ${ROCKETCHAT_WEBHOOK}\nminimumpriority: warning",
  form: rocketchat,
});

/** Default maximum length of a message, in characters. */
const LONGEST_MESSAGE = 5000;

/** Rocket.Chat incoming webhooks, which accept Slack messages. */
export async function rocketchat(settings: Settings<typeof keys>): Promise<HttpForm> {
  const [{ slackMessages }, { inert }] = await Promise.all([import("./slack/form.ts"), import("../inert.ts")]);
  const isPersistent = (body: string): boolean => body.includes("invalid-channel");
  return slackMessages({ name: "rocketchat", quote: inert, longest: LONGEST_MESSAGE, isPersistent }, settings);
}

import { type Settings, template, text, webAddress, word } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";

const keys = {
  webhookurl: webAddress("URL of the incoming webhook. Setting this key enables the output."),
  channel: text("", "Channel, instead of the default channel of the webhook."),
  username: text("Eyas", "Name of the sender."),
  icon: text("", "Address of the sender's icon."),
  footer: text("", "Footer of the message."),
  outputformat: word(["all", "text", "fields"], "all", "Content of messages: the text, the fields, or both."),
  messageformat: template(
    "Text above the alert, with the fields `.Rule`, `.Priority`, `.Output`, `.OutputFields`, … of the alert.",
  ),
} as const;

export type SlackKeys = Settings<typeof keys>;

export const slackOutput = overHttp({
  name: "slack",
  about: "Sends alerts to Slack.",
  keys,
  enabledBy: "webhookurl",
  example: "webhookurl: ${SLACK_WEBHOOK}\nminimumpriority: warning",
  form: async (settings) => (await import("./slack/form.ts")).slack(settings),
});

import { type Settings, template, webAddress, word } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";

const keys = {
  webhookurl: webAddress("URL of the space's webhook. Setting this key enables the output."),
  outputformat: word(
    ["all", "text", "fields"],
    "all",
    "Content of messages: the text, a card with the fields, or both.",
  ),
  messageformat: template(
    "Template of the text, instead of the alert's text, with the fields `.Rule`, `.Priority`, `.Output`, `.OutputFields`, … of the alert.",
  ),
} as const;

export type GoogleChatKeys = Settings<typeof keys>;

export const googlechatOutput = overHttp({
  name: "googlechat",
  about: "Sends alerts to Google Chat.",
  keys,
  enabledBy: "webhookurl",
  example: "webhookurl: ${GOOGLECHAT_WEBHOOK}\nminimumpriority: warning",
  form: async (settings) => (await import("./googlechat/form.ts")).googlechat(settings),
});

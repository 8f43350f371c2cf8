import { flag, type Settings, template, text, webAddress, word } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";

const keys = {
  webhookurl: webAddress(
    "Address of the channel or bot, including the `zapikey`. Setting this key enables the output.",
  ),
  icon: text("", "Address of the sender's icon."),
  useemoji: flag(false, "Precede the text with a symbol for the priority."),
  outputformat: word(
    ["all", "text", "fields"],
    "all",
    "Content of messages: the text, a table of the fields, or both.",
  ),
  messageformat: template(
    "Text above the alert, with the fields `.Rule`, `.Priority`, `.Output`, `.OutputFields`, … of the alert.",
  ),
} as const;

export type CliqKeys = Settings<typeof keys>;

export const cliqOutput = overHttp({
  name: "cliq",
  about: "Sends alerts to Zoho Cliq.",
  keys,
  enabledBy: "webhookurl",
  example: "webhookurl: ${CLIQ_WEBHOOK}\nminimumpriority: warning",
  form: async (settings) => (await import("./cliq/form.ts")).cliq(settings),
});

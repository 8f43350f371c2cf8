import { commaTexts, type Settings, text, webAddress, word } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";

const keys = {
  hostport: webAddress("Address of Loki. Setting this key enables the output."),
  endpoint: text("/loki/api/v1/push", "Path to append to the address."),
  user: text("", "User name."),
  apikey: text("", "API key or password of the user."),
  tenant: text("", "The tenant (`X-Scope-OrgID`)."),
  format: word(["text", "json"], "text", "Content of the lines: the text of the alert, or the whole alert as JSON."),
  extralabels: commaTexts(
    "Fields that become labels, in addition to rule, priority, source, hostname, tags, namespace and pod.",
  ),
} as const;

export type LokiKeys = Settings<typeof keys>;

export const lokiOutput = overHttp({
  name: "loki",
  about: "Sends alerts to Grafana Loki.",
  keys,
  enabledBy: "hostport",
  example: "hostport: http://loki:3100\nformat: json\nextralabels: [container.name]",
  form: async (settings) => (await import("./loki/form.ts")).loki(settings),
});

import { flag, text, word } from "../../setting/shape.ts";
import { describeNamedSource } from "../descriptor.ts";
import { splitList } from "../split.ts";

const keys = {
  time: text("", "A JSON pointer to the time of an event, like `/ts`. Default: the time of arrival."),
  time_unit: word(
    ["auto", "s", "ms", "us", "ns"],
    "auto",
    "The unit of a numeric time since 1970. `auto`: derived from the magnitude of the number. Text is parsed as RFC 3339.",
  ),
  host: text("", "A JSON pointer to the host name of an event."),
  kind: text("", "A JSON pointer to the type of an event."),
  unwrap: flag(
    false,
    "For syslog: the JSON in the message is the event. A message without JSON is used unchanged as the event.",
  ),
};

export const json = describeNamedSource({
  name: "json",
  about:
    "JSON events of any kind, from a source with a name that you choose. Rules with `source: NAME` apply to these events.",
  keys,
  example: "shop:\n  from: /var/log/shop/*.json\n  time: /ts\n  host: /server/name\n  kind: /event",
  notes:
    "Each line is an event or a list of events. `time`, `host` and `kind` are JSON pointers (RFC 6901); rules refer to the latter two as `json.host` and `json.kind`.",
  async open(settings) {
    const { readMapped } = await import("./mapping.ts");
    const split = splitList(readMapped(settings));
    if (!settings.from.some(({ kind }) => kind === "syslog")) return { split };
    const { decodeSyslog } = await import("../syslog/decode.ts");
    return { split, syslog: (most) => decodeSyslog(split, settings.unwrap, most) };
  },
});

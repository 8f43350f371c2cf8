import type { Document } from "../../event/document.ts";
import { eventTime, nanoseconds, nanosecondsOf } from "../../event/timestamp.ts";
import { actionOf } from "./action.ts";
import { cefStart, parseCef } from "./cef.ts";
import { firewallDocument, MAX_PORT, objectOf, whole } from "./event.ts";
import { hookOf } from "./prefix.ts";
import type { Headed } from "./syslog-head.ts";

/** Numeric severities, by the words that CEF allows. */
const SEVERITIES: Readonly<Record<string, number>> = { unknown: 0, low: 2, medium: 5, high: 8, "very-high": 10 };

/** Directions of packets relative to the appliance, by the values of `deviceDirection`. */
const DIRECTIONS: Readonly<Record<string, string>> = { "0": "input", "1": "output" };

/** Parses a line with a CEF message; undefined if the line has none. */
export function readCef({ time, host, rest }: Headed, received: bigint): Document | undefined {
  const start = cefStart(rest);
  const cef = start < 0 ? undefined : parseCef(rest.slice(start));
  if (cef === undefined) return undefined;
  const { extension } = cef;
  const text = (...keys: string[]) => keys.map((key) => extension.get(key)).find((value) => value !== undefined);
  const number = (key: string, most?: number) => whole(extension.get(key), most);
  const labelled = (wanted: RegExp) => labelledIn(extension, wanted);
  const from = text("deviceInboundInterface");
  const to = text("deviceOutboundInterface");
  const source = text("src") ?? labelled(/source.*ipv6/i);
  const destination = text("dst") ?? labelled(/destination.*ipv6/i);
  return firewallDocument({
    time: timeOf(text("rt", "end", "start")) ?? time ?? received,
    ends: {
      ...{ source, destination },
      sourcePort: number("spt", MAX_PORT),
      destinationPort: number("dpt", MAX_PORT),
      protocol: text("proto"),
    },
    hardware: { source: text("smac"), destination: text("dmac") },
    // `out` is the number of bytes from the initiator, `in` the number of bytes to the initiator.
    counts: { bytes: { there: number("out"), back: number("in") } },
    fw: {
      event: source !== undefined && destination !== undefined ? "packet" : "log",
      action: actionOf(text("act")),
      chain: labelled(/\b(?:chain|acl|access.?(?:list|group)|policy)\b/i),
      rule: labelled(/\brule/i),
      hook: hookOf(from, to) ?? DIRECTIONS[text("deviceDirection") ?? ""],
      in: from,
      out: to,
      nat: objectOf({
        src_ip: text("sourceTranslatedAddress"),
        src_port: number("sourceTranslatedPort", MAX_PORT),
        dest_ip: text("destinationTranslatedAddress"),
        dest_port: number("destinationTranslatedPort", MAX_PORT),
      }),
      host: text("dvchost", "dvc") ?? host,
      vendor: cef.vendor,
      product: cef.product,
      id: cef.id,
      name: cef.name,
      severity: whole(cef.severity, 10) ?? SEVERITIES[cef.severity.toLowerCase()],
      user: text("suser", "duser"),
      app: text("app"),
      message: text("msg"),
    },
    raw: { line: rest, extension: Object.fromEntries(extension) },
  });
}

/** Returns the value of a custom field, such as `cs1=…` with `cs1Label=…`. */
function labelledIn(extension: ReadonlyMap<string, string>, wanted: RegExp): string | undefined {
  for (const [key, label] of extension) {
    if (key.endsWith("Label") && wanted.test(label)) return extension.get(key.slice(0, -"Label".length));
  }
  return undefined;
}

/** Parses a time, given as a date, or as a number since the epoch whose magnitude determines the unit. */
function timeOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{9,16}$/.test(text)) return nanosecondsOf(Number(text));
  const iso = nanoseconds(text);
  if (iso !== undefined) return iso;
  const time = text.length > 64 ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : eventTime(BigInt(time) * 1_000_000n);
}

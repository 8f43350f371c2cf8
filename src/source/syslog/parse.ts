import type { Json, JsonObject } from "../../event/document.ts";
import { anyNanoseconds, eventTime, nanoseconds } from "../../event/timestamp.ts";
import { readStructured } from "./structured.ts";

/** A syslog message; strings are byte strings. */
export interface SyslogMessage {
  readonly facility: string;
  readonly severity: string;
  /** Time in nanoseconds since the epoch. */
  readonly time?: bigint;
  readonly host?: string;
  readonly app?: string;
  readonly procid?: string;
  readonly msgid?: string;
  /** Structured data: parameters by element ID. */
  readonly sd?: JsonObject;
  readonly message: string;
}

const facilities =
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7".split(
    " ",
  );
const severities = "emerg alert crit err warning notice info debug".split(" ");
/** Default priority (RFC 3164): user, notice. */
const USUAL = 13;

const PRIORITY = /^<(\d{1,3})>/;
const VERSION = /^[1-9]\d{0,2} /;
/** Time, host, program, process ID and message ID of an RFC 5424 message. */
const HEAD = /^(\S{1,64}) (\S{1,255}) (\S{1,255}) (\S{1,255}) (\S{1,255}) ?/;
const BOM = "\xef\xbb\xbf";

/**
 * Parses an RFC 5424 or RFC 3164 message. Any other text is treated as a message without a header.
 * @param text a byte string
 * @param now milliseconds since the epoch, which determine the year if the time has no year
 */
export function parseSyslog(text: string, now: number): SyslogMessage {
  const found = PRIORITY.exec(text);
  const number = found === null ? USUAL : Number(found[1]);
  const known = found !== null && number < facilities.length * 8;
  const priority = known ? number : USUAL;
  const rest = known ? text.slice(found[0].length) : text;
  const [facility = "", severity = ""] = [facilities[priority >> 3], severities[priority & 7]];
  return { facility, severity, ...(readNew(rest) ?? readOld(rest, now)) };
}

type Body = Omit<SyslogMessage, "facility" | "severity">;

function readNew(text: string): Body | undefined {
  const version = VERSION.exec(text);
  if (version === null) return undefined;
  const head = HEAD.exec(text.slice(version[0].length));
  if (head === null) return undefined;
  const [all, time = "", host = "", app = "", procid = "", msgid = ""] = head;
  const written = anyNanoseconds(time);
  if (time !== "-" && written === undefined) return undefined;
  const at = eventTime(written);
  const { sd, end } = readStructured(text, version[0].length + all.length);
  const message = text.startsWith(" ", end) ? text.slice(end + 1) : text.slice(end);
  return {
    ...(at !== undefined && { time: at }),
    ...said("host", host),
    ...said("app", app),
    ...said("procid", procid),
    ...said("msgid", msgid),
    ...(sd && { sd }),
    message: ended(message.startsWith(BOM) ? message.slice(BOM.length) : message),
  };
}

function said<Key extends string>(key: Key, value: string): { [Each in Key]?: string } {
  // the key is the type parameter of the caller
  return (value === "-" ? {} : { [key]: value }) as { [Each in Key]?: string };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** Usual names of time zones. Any other word in capital letters can be the host or the program. */
const ZONE =
  "UTC|GMT|WES?T|BST|IST|CES?T|MES?Z|EES?T|MSK|SAST|SGT|HKT|[JK]ST|A[CEW][SD]T|NZ[SD]T|[ECMP][SD]T|AK[SD]T|HST|N[SD]T|A[SD]T";
/**
 * Month, day, optional year, time of day, optional fraction, optional zone (ignored). On Cisco devices, `*` or `.`
 * means unsynchronized, and the zone can have any name if a message that begins with `%` follows.
 */
const OLD_TIME = new RegExp(
  `^[*.]?([A-Z][a-z]{2}) {1,2}(\\d{1,2}) (?:(\\d{4}) )?(\\d{2}):(\\d{2}):(\\d{2})(?:\\.(\\d{1,9}))?(?: (?:${ZONE}|[A-Z]{3,4}(?=: %)))?:? `,
);
const NEW_TIME = /^(\d{4}-\d{2}-\d{2}[T ][\d:.,]{8,18}(?:Z|[+-]\d{2}:?\d{2})?):? /;
/** Name of the program, optional process ID, and a colon. */
const TAG = /^([^\s:[\]]{1,128})(?:\[([^\]\s]{1,64})\])?: ?/;
/** Like {@link TAG}, where a host is also possible. A space must follow the colon, since IPv6 addresses have colons. */
const SURE_TAG = /^[^\s:[\]]{1,128}(?:\[[^\]\s]{1,64}\])?:(?: |$)/;
/** Like {@link TAG}, without a colon, as some programs send it. */
const BARE_TAG = /^([^\s:[\]]{1,128})\[(\d{1,10})\] /;
const HOST = /^([^\s:[\]]{1,255}|\[?[0-9a-fA-F:.]{2,45}\]?) /;

function readOld(text: string, now: number): Body {
  const clock = timeInFront(text, now);
  let rest = clock === undefined ? text : text.slice(clock.length);
  // Local programs omit the host. A word with a colon or a process ID is the program.
  let host: string | undefined;
  if (clock !== undefined && !SURE_TAG.test(rest) && !BARE_TAG.test(rest)) {
    host = HOST.exec(rest)?.[1];
    if (host !== undefined) rest = rest.slice(host.length + 1);
  }
  const tag = clock === undefined ? undefined : (TAG.exec(rest) ?? BARE_TAG.exec(rest));
  return {
    ...(clock?.time !== undefined && { time: clock.time }),
    ...(host !== undefined && { host }),
    ...(tag && { app: tag[1], ...(tag[2] !== undefined && { procid: tag[2] }) }),
    message: ended(tag ? rest.slice(tag[0].length) : rest),
  };
}

function timeInFront(
  text: string,
  now: number,
): { readonly time: bigint | undefined; readonly length: number } | undefined {
  const iso = NEW_TIME.exec(text);
  if (iso !== null) return { time: nanoseconds(iso[1] ?? ""), length: iso[0].length };
  const old = OLD_TIME.exec(text);
  if (old === null) return undefined;
  const [all, monthName = "", day, year, ...clock] = old;
  const month = MONTHS.indexOf(monthName);
  if (month < 0) return undefined;
  const [hour = 0, minute = 0, second = 0] = clock.map(Number);
  const at = (y: number): number | undefined => {
    const date = new Date(y, month, Number(day), hour, minute, second);
    return date.getMonth() === month && hour < 24 && minute < 60 && second <= 60 ? date.getTime() : undefined;
  };
  const ms = year === undefined ? nearest(at, now) : at(Number(year));
  if (ms === undefined) return { time: undefined, length: all.length };
  const time = BigInt(ms) * 1_000_000n + BigInt((clock[3] ?? "").padEnd(9, "0"));
  return { time: eventTime(time), length: all.length };
}

function nearest(at: (year: number) => number | undefined, now: number): number | undefined {
  const year = new Date(now).getFullYear();
  let best: number | undefined;
  for (const each of [year, year - 1, year + 1].map(at))
    if (each !== undefined && (best === undefined || Math.abs(each - now) < Math.abs(best - now))) best = each;
  return best;
}

/** Removes trailing newlines, carriage returns and NULs. */
function ended(text: string): string {
  let end = text.length;
  while (end > 0 && "\n\r\0".includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Converts a message to JSON, with its time in the format of RFC 3339. */
export function syslogJson({ time, ...others }: SyslogMessage): Json {
  return time === undefined ? others : { ...others, time: isoTime(time) };
}

function isoTime(time: bigint): string {
  const whole = new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const fraction = String(time % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}

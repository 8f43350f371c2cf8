import { nanoseconds } from "../../event/timestamp.ts";

/** A log line without its syslog header. */
export interface Headed {
  /** Time in the header, nanoseconds since the epoch; undefined if the header has no time. */
  readonly time: bigint | undefined;
  readonly host: string | undefined;
  /** Name of the program, if the header has a field for it (RFC 5424). */
  readonly program?: string;
  readonly rest: string;
}

const PRIORITY = /^<[0-9]{1,3}>/;
/** Version, time, host, program, process ID, message ID and structured data (RFC 5424). */
const NEW =
  /^1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (?:-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*")*\])+) ?/;
/** Time in RFC 3164 or ISO 8601 format, and the host, as in files that rsyslog writes. */
const OLD =
  /^(?:([A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2})|([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.,]{8,18}(?:Z|[+-][0-9]{2}:?[0-9]{2}))) (\S{1,255}) /;
/** Program name `kernel`, and seconds since boot. */
const KERNEL = /^(?:kernel: ?)?(?:\[ *[0-9]{1,9}\.[0-9]{6}\] ?)?/;

/**
 * Removes the syslog header of a line.
 * @param received time of arrival, nanoseconds since the epoch, which determines the year if the time has no year
 */
export function withoutHead(line: string, received: bigint): Headed {
  const text = line.replace(PRIORITY, "");
  const long = NEW.exec(text);
  if (long !== null) {
    const [head, time = "", host, program = ""] = long;
    return {
      time: nanoseconds(time),
      host: host === "-" ? undefined : host,
      program,
      rest: withoutKernel(text.slice(head.length)),
    };
  }
  const short = OLD.exec(text);
  if (short === null) return { time: undefined, host: undefined, rest: withoutKernel(text) };
  const [head, yearless, iso, host] = short;
  const time = iso === undefined ? nearest(yearless ?? "", received) : nanoseconds(iso);
  return { time, host, rest: withoutKernel(text.slice(head.length)) };
}

function withoutKernel(text: string): string {
  return text.replace(KERNEL, "");
}

const PER_MS = 1_000_000n;
const DAY = 86_400_000;

/**
 * Parses a local time without a year. Selects the latest year for which the time is at most a day after its arrival.
 */
function nearest(text: string, received: bigint): bigint | undefined {
  const now = Number(received / PER_MS);
  const year = new Date(now).getFullYear();
  for (const each of [year + 1, year, year - 1]) {
    const time = Date.parse(`${text} ${each}`);
    if (!Number.isNaN(time) && time <= now + DAY) return BigInt(time) * PER_MS;
  }
  return undefined;
}

/**
 * Date, time of day, fraction of a second and offset. Some programs, such as Suricata, omit the colon in the offset.
 */
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9})\d*)?\s*(Z|z|[+-]\d{2}:?\d{2})?$/;

const MINUTE = 60_000;
const PER_MS = 1_000_000n;
/** First time after all event times, which have 63 bits in alerts and in the journal: 11 April 2262. */
const END = 2n ** 63n;

/** Returns a time in nanoseconds since the epoch if it can be the time of an event; otherwise undefined. */
export function eventTime(time: bigint | undefined): bigint | undefined {
  return time !== undefined && time >= 0n && time < END ? time : undefined;
}

/**
 * Converts the time of an event in ISO 8601 or RFC 3339 format to nanoseconds since the epoch. A time without an offset
 * is in UTC.
 * @returns undefined if the text is not a time that {@link eventTime} allows
 */
export function nanoseconds(text: string): bigint | undefined {
  return eventTime(anyNanoseconds(text));
}

/**
 * Converts any time since the epoch like {@link nanoseconds}, such as the end of the validity of a certificate.
 * @returns undefined if the text is not a time or the time is before the epoch
 */
export function anyNanoseconds(text: string): bigint | undefined {
  if (text.length > 64) return undefined;
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts.slice(1, 7).map(Number);
  const [fraction = "", offset = "Z"] = parts.slice(7);
  // Second 60 is a leap second, which is treated as the first second of the next minute.
  // Date.UTC moves the years before 100 to the 20th century.
  if (y < 1969 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60) return undefined;
  const time = Date.UTC(y, mo - 1, d, h, mi, s) - offsetMs(offset);
  return time < 0 ? undefined : BigInt(time) * PER_MS + BigInt(fraction.padEnd(9, "0"));
}

function offsetMs(offset: string): number {
  if (offset === "Z" || offset === "z") return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith("-") ? -minutes : minutes) * MINUTE;
}

/**
 * Converts the time of an event in seconds, milliseconds, microseconds or nanoseconds since the epoch to nanoseconds.
 * The magnitude of the number determines its unit, which is unambiguous for times since 1973.
 * @returns undefined if the number is not a time that {@link eventTime} allows
 */
export function nanosecondsOf(number: number | bigint): bigint | undefined {
  if (typeof number === "bigint") return eventTime(number >= 0n ? scaled(number) : undefined);
  if (!Number.isFinite(number) || number < 0) return undefined;
  if (number >= SECONDS_END) return eventTime(scaled(BigInt(Math.round(number))));
  const whole = Math.floor(number);
  return eventTime(BigInt(whole) * 1_000_000_000n + BigInt(Math.round((number - whole) * 1e6)) * 1000n);
}

const SECONDS_END = 1e11;

function scaled(number: bigint): bigint {
  if (number < 100_000_000_000n) return number * 1_000_000_000n;
  if (number < 100_000_000_000_000n) return number * 1_000_000n;
  return number < 100_000_000_000_000_000n ? number * 1000n : number;
}

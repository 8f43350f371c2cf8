import { TemplateError } from "../../template/error.ts";
import type { Struct, Value } from "../../template/value.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|-07:00|-0700|-07|Z07:00|Z0700|002|01|02|03|04|05|06|_2|15|PM|pm|[.,]0+(?!\d)|[.,]9+(?!\d)|[1-5]/g;

/**
 * The time of an alert as a Go `time.Time` in UTC.
 * @param time nanoseconds since the epoch
 */
export function timeValue(time: bigint): Struct {
  const date = new Date(Number(time / 1_000_000n));
  const nanoseconds = (time % 1_000_000_000n).toString().padStart(9, "0");
  const shown = (layout: string): string => formatTime(date, nanoseconds, layout);
  const value: Struct = {
    type: "time.Time",
    fields: {},
    methods: {
      Format: ([layout]) => {
        if (typeof layout !== "string") throw new TemplateError("Format takes a layout, such as 15:04:05");
        return shown(layout);
      },
      UTC: () => value,
      Local: () => value,
      String: () => value.text,
      Unix: () => Number(time / 1_000_000_000n),
      UnixMilli: () => Number(time / 1_000_000n),
      UnixNano: () => String(time),
      Year: () => date.getUTCFullYear(),
      Month: () => MONTHS[date.getUTCMonth()],
      Day: () => date.getUTCDate(),
      Hour: () => date.getUTCHours(),
      Minute: () => date.getUTCMinutes(),
      Second: () => date.getUTCSeconds(),
      Weekday: () => DAYS[date.getUTCDay()],
      IsZero: (): Value => false,
    },
    text: shown("2006-01-02 15:04:05.999999999 -0700 MST"),
  };
  return value;
}

function formatTime(date: Date, nanoseconds: string, layout: string): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const hour = date.getUTCHours();
  const parts: Readonly<Record<string, string>> = {
    January: MONTHS[date.getUTCMonth()] ?? "",
    Jan: (MONTHS[date.getUTCMonth()] ?? "").slice(0, 3),
    Monday: DAYS[date.getUTCDay()] ?? "",
    Mon: (DAYS[date.getUTCDay()] ?? "").slice(0, 3),
    MST: "UTC",
    "2006": String(date.getUTCFullYear()).padStart(4, "0"),
    "06": two(date.getUTCFullYear() % 100),
    "01": two(date.getUTCMonth() + 1),
    "1": String(date.getUTCMonth() + 1),
    "02": two(date.getUTCDate()),
    "2": String(date.getUTCDate()),
    _2: String(date.getUTCDate()).padStart(2),
    "15": two(hour),
    "03": two(hour % 12 || 12),
    "3": String(hour % 12 || 12),
    "04": two(date.getUTCMinutes()),
    "4": String(date.getUTCMinutes()),
    "05": two(date.getUTCSeconds()),
    "5": String(date.getUTCSeconds()),
    PM: hour < 12 ? "AM" : "PM",
    pm: hour < 12 ? "am" : "pm",
    "-0700": "+0000",
    "-07:00": "+00:00",
    "-07": "+00",
    Z0700: "Z",
    "Z07:00": "Z",
  };
  return layout.replace(LAYOUT, (part) => {
    if (!/^[.,]/.test(part)) return parts[part] ?? part;
    const digits = nanoseconds.slice(0, part.length - 1);
    if (part[1] === "0") return part.charAt(0) + digits.padEnd(part.length - 1, "0");
    const kept = digits.replace(/0+$/, "");
    return kept === "" ? "" : part.charAt(0) + kept;
  });
}

const grouped = new Intl.NumberFormat("en-GB");
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** Formats an integer, such as `12,345`. */
export function integer(value: number): string {
  return grouped.format(Math.round(value));
}

/** Formats a number. Numbers from 10,000 are abbreviated, such as `12.3K`. */
export function compact(value: number): string {
  return value < 10_000 ? grouped.format(value) : short.format(value);
}

const SIZES = ["B", "kB", "MB", "GB", "TB"];

export function size(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${SIZES[step]}`;
}

/** Formats a quantity, such as `1 alert` or `12 alerts`. */
export function quantity(value: number, one: string, many = `${one}s`): string {
  return `${integer(value)} ${value === 1 ? one : many}`;
}

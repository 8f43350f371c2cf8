/** Parses a number. Integers are parsed exactly. Returns undefined if the string is not a number. */
export function numberIn(text: string): number | bigint | undefined {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? undefined : number;
}

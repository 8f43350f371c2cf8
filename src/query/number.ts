/** Parses a number, exactly if it is an integer; undefined for other texts. */
export function numberIn(text: string): number | bigint | undefined {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? undefined : number;
}

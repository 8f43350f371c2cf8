/** A number, exact where it is whole; undefined where the text is none. */
export function numberIn(text: string): number | bigint | undefined {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? undefined : number;
}

/** Splits a field such as `proc.aname[2]` into its name and argument. */
export function fieldIn(text: string): { readonly name: string; readonly argument: string | undefined } {
  const [, name, argument] = /^([^[]+)(?:\[(.*)\])?$/.exec(text) ?? [];
  return { name: name ?? text, argument };
}

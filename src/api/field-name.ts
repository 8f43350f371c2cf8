/** A field name with its argument: `proc.aname[2]`. */
export function fieldIn(text: string): { readonly name: string; readonly argument: string | undefined } {
  const [, name, argument] = /^([^[]+)(?:\[(.*)\])?$/.exec(text) ?? [];
  return { name: name ?? text, argument };
}

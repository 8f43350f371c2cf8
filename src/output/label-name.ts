/** A label's name for a field's: `proc.aname[2]` is `proc_aname_2`. */
export function labelName(field: string): string {
  const name = field.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Normalizes a domain name for comparison: lower case, without the dot at the end. */
export function domainOf(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

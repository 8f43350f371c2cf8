/** Normalizes a domain name for comparison: lower case, without the trailing dot. */
export function domainOf(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

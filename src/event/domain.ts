/** A domain name in the form in which names are compared: lower case, without the dot at the end. */
export function domainOf(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

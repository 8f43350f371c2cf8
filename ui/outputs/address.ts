/** URL of the page of an output. */
export function outputAddress(name: string): string {
  return `/outputs/${encodeURIComponent(name)}`;
}

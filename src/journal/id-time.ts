/** The time that the ID of an alert contains, in milliseconds since the epoch. */
export function timeOfIdText(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

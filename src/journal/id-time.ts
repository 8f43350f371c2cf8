/** The time in the ID of an alert, in milliseconds since the epoch. */
export function timeOfIdText(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** When the id of an alert was made, from its text: milliseconds since the epoch. */
export function timeOfIdText(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

let share = 1;

/** Sets the part of their configured memory that alerts get until they are on disk: 1 without a small memory limit. */
export function setAlertShare(next: number): void {
  share = next;
}

/** Bytes of alerts in memory within the memory limit. */
export function alertBytes(bytes: number): number {
  return bytes * share;
}

let share = 1;

/** Sets the share of the configured memory for alerts that are not on disk yet: 1 without a small memory limit. */
export function setAlertShare(next: number): void {
  share = next;
}

/** The share of `bytes` that alerts in memory can use. */
export function alertBytes(bytes: number): number {
  return bytes * share;
}

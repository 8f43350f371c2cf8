let share = 1;

/**
 * Sets the fraction of the configured memory that alerts may use until they are on disk. The fraction is 1 unless the
 * memory limit is small.
 */
export function setAlertShare(next: number): void {
  share = next;
}

/** Returns the part of `bytes` that alerts in memory may use. */
export function alertBytes(bytes: number): number {
  return bytes * share;
}

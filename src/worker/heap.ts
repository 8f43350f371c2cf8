/** Upper limits of the heaps of all workers of this process, in MiB. */
export interface HeapLimits {
  readonly old: number;
  readonly young: number;
}

let limits: HeapLimits | undefined;

/** Limits the heaps of workers that start from now on; undefined removes the limits. */
export function limitHeaps(next: HeapLimits | undefined): void {
  limits = next;
}

/** Resource limits of a worker with its own heap limits in MiB; empty if there are none. */
export function heapLimits(
  own: number | undefined,
  young?: number,
): {
  maxOldGenerationSizeMb?: number;
  maxYoungGenerationSizeMb?: number;
} {
  if (limits === undefined) {
    return {
      ...(own !== undefined && { maxOldGenerationSizeMb: own }),
      ...(young !== undefined && { maxYoungGenerationSizeMb: young }),
    };
  }
  return {
    maxOldGenerationSizeMb: Math.min(own ?? limits.old, limits.old),
    maxYoungGenerationSizeMb: Math.min(young ?? limits.young, limits.young),
  };
}

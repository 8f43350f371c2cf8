/** Upper limits of the heap of each worker of this process, in MiB: old and young generation. */
export interface HeapLimits {
  readonly old: number;
  readonly young: number;
}

let limits: HeapLimits | undefined;

/** Sets the heap limits of workers that start after this call. Undefined removes the limits. */
export function limitHeaps(next: HeapLimits | undefined): void {
  limits = next;
}

/** Node's resource limits for a worker, which may have its own heap limits, in MiB. Empty if no limit applies. */
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

/** Limits of token buckets. The limits can be changed while buckets exist. */
export interface BucketLimits {
  /** Maximum number of tokens: the number of matches that can raise alerts in a burst. */
  burst: number;
  /** Tokens per second. */
  rate: number;
}

/** A token bucket, which starts full. */
export class Bucket {
  private readonly limits: Readonly<BucketLimits>;
  private tokens: number;
  private filledAt: number;

  /** @param now milliseconds */
  constructor(limits: Readonly<BucketLimits>, now: number) {
    this.limits = limits;
    this.tokens = limits.burst;
    this.filledAt = now;
  }

  /** Whether a token is available. */
  has(now: number): boolean {
    const passed = Math.max(0, now - this.filledAt); // the clock may have been set back
    this.tokens = Math.min(this.limits.burst, this.tokens + (passed * this.limits.rate) / 1000);
    this.filledAt = now;
    return this.tokens >= 1;
  }

  /** Takes a token if one is available. */
  take(): void {
    if (this.tokens >= 1) this.tokens--;
  }

  isFull(now: number): boolean {
    this.has(now);
    return this.tokens >= this.limits.burst;
  }
}

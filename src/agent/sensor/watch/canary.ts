import { randomBytes, randomInt } from "node:crypto";

/** Mean and maximum milliseconds between two canaries. */
const [MEAN, LONGEST] = [3000, 10_000];
const SHORTEST = 200;

/** A canary that did not arrive yet. Times are milliseconds of a monotonic clock. */
export interface SentCanary {
  readonly nonce: bigint;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly at: number;
}

/**
 * Sends canaries at random times, one at a time. Intervals are exponentially distributed: how long ago the last one was says nothing
 * about the next.
 */
export class Canary {
  /** The canary on its way. */
  sent: SentCanary | undefined;
  /** Time when the last one arrived. */
  seenAt: number;
  /** Number of canaries that arrived, and that did not. */
  arrived = 0;
  missed = 0;
  private nextAt: number;
  private readonly send: (nonce: bigint) => void;

  constructor(send: (nonce: bigint) => void, now: number) {
    this.send = send;
    this.seenAt = now;
    this.nextAt = now;
  }

  /** Sends a canary if one is due. */
  tick(now: number): void {
    if (this.sent !== undefined || now < this.nextAt) return;
    const nonce = randomBytes(8).readBigUInt64LE();
    this.sent = { nonce, time: Date.now(), at: now };
    this.send(nonce);
  }

  /** Called with the nonce of a canary that the engine evaluated. @returns whether it is the one on its way */
  seen(nonce: bigint, now: number): boolean {
    if (this.sent?.nonce !== nonce) return false;
    this.sent = undefined;
    this.seenAt = now;
    this.arrived++;
    this.nextAt = now + interval();
    return true;
  }

  /** Forgets the canary on its way; the next one is sent at once. */
  restart(now: number): void {
    this.sent = undefined;
    this.nextAt = now;
  }

  /** Stops waiting for the canary on its way; the next one is sent at once. */
  giveUp(now: number): void {
    this.restart(now);
    this.missed++;
  }

  /** Milliseconds until the next one is due; 0 while one is on its way. */
  dueIn(now: number): number {
    return this.sent === undefined ? Math.max(0, this.nextAt - now) : 0;
  }
}

function interval(): number {
  const share = randomInt(1, 1 << 30) / (1 << 30);
  return Math.min(LONGEST, Math.max(SHORTEST, -Math.log(share) * MEAN));
}

import { randomBytes, randomInt } from "node:crypto";

/** Mean and maximum interval between canaries, in milliseconds. */
const [MEAN, LONGEST] = [3000, 10_000];
const SHORTEST = 200;

/** A pending canary. `at` is the time when it was sent, in milliseconds of a monotonic clock. */
export interface SentCanary {
  readonly nonce: bigint;
  /** Time when the canary was sent, in milliseconds since the epoch. */
  readonly time: number;
  readonly at: number;
}

/**
 * Sends canaries at random times, one at a time. Intervals are exponentially distributed, so the time of the next
 * canary cannot be predicted.
 */
export class Canary {
  /** The pending canary. */
  sent: SentCanary | undefined;
  /** Arrival time of the last canary, in milliseconds of a monotonic clock. */
  seenAt: number;
  /** Number of canaries that arrived, and number of missed canaries. */
  arrived = 0;
  missed = 0;
  private nextAt: number;
  private readonly send: (nonce: bigint) => void;

  constructor(send: (nonce: bigint) => void, now: number) {
    this.send = send;
    this.seenAt = now;
    this.nextAt = now;
  }

  /** Sends a canary if it is due. */
  tick(now: number): void {
    if (this.sent !== undefined || now < this.nextAt) return;
    const nonce = randomBytes(8).readBigUInt64LE();
    this.sent = { nonce, time: Date.now(), at: now };
    this.send(nonce);
  }

  /** Records that the engine evaluated a canary with this nonce. @returns whether it is the pending canary */
  seen(nonce: bigint, now: number): boolean {
    if (this.sent?.nonce !== nonce) return false;
    this.sent = undefined;
    this.seenAt = now;
    this.arrived++;
    this.nextAt = now + interval();
    return true;
  }

  /** Discards the pending canary. The next `tick` sends a new one. */
  restart(now: number): void {
    this.sent = undefined;
    this.nextAt = now;
  }

  /** Discards the pending canary and counts it as missed. The next `tick` sends a new one. */
  giveUp(now: number): void {
    this.restart(now);
    this.missed++;
  }

  /** Arrival time of the last canary, in milliseconds since the epoch; undefined if none has arrived. */
  get lastArrived(): number | undefined {
    return this.arrived === 0 ? undefined : Date.now() - (performance.now() - this.seenAt);
  }

  /** Milliseconds until the next canary is due; 0 while a canary is pending. */
  dueIn(now: number): number {
    return this.sent === undefined ? Math.max(0, this.nextAt - now) : 0;
  }
}

function interval(): number {
  const share = randomInt(1, 1 << 30) / (1 << 30);
  return Math.min(LONGEST, Math.max(SHORTEST, -Math.log(share) * MEAN));
}

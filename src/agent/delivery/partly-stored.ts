import { createHash } from "node:crypto";
import type { Alert } from "../../alert/alert.ts";

/** Maximum number of remembered alerts. */
const MAX_ALERTS = 20_000;

/**
 * Stored alerts from batches that were only partly stored. These batches are not acknowledged, so senders send them
 * again, and each of the stored alerts is then skipped once.
 */
export class PartlyStored {
  /** Number of copies to skip, by the digest of the alert. The oldest entries are first. */
  private readonly copies = new Map<string, number>();

  /** Returns the alerts of a batch that have not been stored yet, and forgets the others. */
  without(batch: readonly Alert[]): readonly Alert[] {
    if (this.copies.size === 0) return batch;
    return batch.filter((alert) => {
      const digest = digestOf(alert);
      const copies = this.copies.get(digest) ?? 0;
      if (copies > 1) this.copies.set(digest, copies - 1);
      else this.copies.delete(digest);
      return copies === 0;
    });
  }

  /** Remembers stored alerts. */
  add(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const digest = digestOf(alert);
      this.copies.set(digest, (this.copies.get(digest) ?? 0) + 1);
    }
    for (const oldest of this.copies.keys()) {
      if (this.copies.size <= MAX_ALERTS) break;
      this.copies.delete(oldest);
    }
  }
}

function digestOf({ rule, time, message, json, parts }: Alert): string {
  const texts = [rule, String(time), message, json, ...(parts?.names ?? []), ...(parts?.values ?? [])];
  return createHash("sha256").update(JSON.stringify(texts)).digest("base64");
}

import { randomInt } from "node:crypto";
import type { InternalEvent } from "../../alert/internal.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Component } from "../component.ts";

/** Minimum and maximum milliseconds between two heartbeats, and the time in which one must be on disk. */
const [SHORTEST, LONGEST, DEADLINE] = [30_000, 60_000, 10_000];

export interface HeartbeatOptions {
  /** Writes a heartbeat to the journal. @returns whether it is on disk */
  readonly write: () => Promise<boolean>;
  readonly health: Health;
  readonly raise: (event: InternalEvent) => void;
}

/** Checks at random times that the journal can be written, also when there are no alerts. */
export function openHeartbeat({ write, health, raise }: HeartbeatOptions): Component {
  let timer = setTimeout(beat, randomInt(SHORTEST, LONGEST)).unref();
  let failedAt: number | undefined;
  let closed = false;

  async function beat(): Promise<void> {
    const written = await Promise.race([write(), late()]);
    if (closed) return;
    if (written === true) worked();
    else failed(written === false ? "cannot be written" : `did not store a heartbeat within ${DEADLINE / 1000} s`);
    timer = setTimeout(beat, written === true ? randomInt(SHORTEST, LONGEST) : SHORTEST).unref();
  }

  function failed(reason: string): void {
    if (reason !== "cannot be written") health.set("journal", "failed", `the journal ${reason}`);
    if (failedAt !== undefined) return;
    failedAt = performance.now();
    raise({
      rule: "Eyas internal: journal does not work",
      priority: "Error",
      message: `The journal ${reason}. Alerts are still delivered.`,
      fields: { "eyas.reason": reason },
    });
  }

  function worked(): void {
    if (health.get("journal")?.state !== "degraded") health.set("journal", "ok"); // other checks report why
    if (failedAt === undefined) return;
    const seconds = Math.round((performance.now() - failedAt) / 1000);
    failedAt = undefined;
    raise({
      rule: "Eyas internal: journal works again",
      priority: "Notice",
      message: `The journal stores alerts again, after ${seconds} s.`,
      fields: { "eyas.seconds": seconds },
    });
  }

  return {
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function late(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), DEADLINE).unref());
}

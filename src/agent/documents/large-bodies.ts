import type { InternalEvent } from "../../alert/internal.ts";
import type { LargeBody } from "../../server/intake.ts";
import { count } from "../../telemetry/log-lines.ts";

/** Minimum interval between alerts about an origin, in milliseconds. */
const INTERVAL = 60_000;
/** Maximum number of peers named in an alert. */
const MAX_PEERS = 5;

/**
 * Raises alerts about request bodies that were rejected because of their size, at most one alert per origin in each
 * {@link INTERVAL}.
 */
export interface LargeBodies {
  add(source: string, from: string, body: LargeBody): void;
  /** Raises alerts about all rejected bodies that have not been reported. */
  flush(): void;
}

/** Rejected bodies from an origin that have not been reported. */
interface Unreported {
  readonly source: string;
  readonly from: string;
  bodies: number;
  /** Size of the largest rejected body, in bytes. Bodies of unknown size are ignored. */
  bytes: number;
  peers: Set<string>;
  reason: string;
  timer: NodeJS.Timeout | undefined;
}

export function openLargeBodies(raise: (event: InternalEvent) => void): LargeBodies {
  const origins = new Map<string, Unreported>();

  function report(one: Unreported): void {
    clearTimeout(one.timer);
    one.timer = undefined;
    if (one.bodies === 0) return;
    raise(eventOf(one));
    Object.assign(one, { bodies: 0, bytes: 0, peers: new Set() });
    one.timer = setTimeout(() => report(one), INTERVAL).unref();
  }

  return {
    add(source, from, { peer, bytes = 0, reason }) {
      const key = `${source} ${from}`;
      const one = origins.get(key) ?? {
        source,
        from,
        ...{ bodies: 0, bytes: 0, peers: new Set(), timer: undefined },
        reason,
      };
      origins.set(key, one);
      one.bodies++;
      one.bytes = Math.max(one.bytes, bytes);
      one.reason = reason;
      if (one.peers.size < MAX_PEERS) one.peers.add(peer);
      if (one.timer === undefined) report(one);
    },
    flush() {
      for (const one of origins.values()) {
        report(one);
        clearTimeout(one.timer);
        one.timer = undefined;
      }
    },
  };
}

function eventOf({ source, from, bodies, bytes, peers, reason }: Unreported): InternalEvent {
  const senders = [...peers].join(", ");
  const size = bytes === 0 ? "" : `${bodies === 1 ? " of" : ", the largest of"} ${bytes} bytes`;
  return {
    rule: "Eyas internal: request too large",
    priority: "Error",
    message: `${count(bodies, "request")}${size} from ${senders} ${bodies === 1 ? "was" : "were"} rejected at ${from} with status 413; ${source} events may be lost: ${reason}`,
    fields: {
      "eyas.source": source,
      "eyas.from": from,
      "eyas.peers": senders,
      "eyas.requests": bodies,
      ...(bytes > 0 && { "eyas.bytes": bytes }),
      "eyas.reason": reason,
    },
  };
}

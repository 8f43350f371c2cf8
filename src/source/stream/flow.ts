import type { Decode } from "../decode.ts";
import { countRefused, type FeedCounts, type Received } from "../feed.ts";
import { openHandOver } from "../hand-over.ts";
import type { Intake } from "../inbox.ts";
import type { Framing } from "../lines.ts";

/** Makes texts of bytes, as lines do. */
export type Frame = (most: number, text: (bytes: Uint8Array) => void, tooLong: () => void) => Framing;

/** The bytes of one sender on their way to judgement. */
export interface Flow {
  /**
   * Takes bytes.
   * @returns undefined where all of their events are taken; otherwise when they are: no more bytes before that
   */
  push(bytes: Uint8Array): Promise<void> | undefined;
  /** Takes what is left as the last text. */
  end(): Promise<void> | undefined;
}

/** @param signal ends waiting for room */
export function openFlow(
  intake: Intake,
  { decode, frame, most }: { readonly decode: Decode; readonly frame: Frame; readonly most: number },
  counts: FeedCounts,
  signal: AbortSignal,
): Flow {
  const handOver = openHandOver(intake, decode, counts);
  let received: Received = { time: 0n };
  const framing = frame(
    most,
    (text) => handOver.read(text, received),
    () => countRefused(counts, "too_large"),
  );

  function offer(): Promise<void> | undefined {
    return handOver.ready === 0 ? undefined : handOver.offer(signal).then(() => {});
  }

  return {
    push(bytes) {
      received = { time: BigInt(Date.now()) * 1_000_000n };
      counts.bytes += bytes.length;
      framing.push(bytes);
      return offer();
    },
    end() {
      framing.end();
      return offer();
    },
  };
}

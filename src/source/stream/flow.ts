import type { Decode } from "../decode.ts";
import type { FeedCounts, Received } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import type { Framing, TooLong } from "../lines.ts";
import { openPending } from "../pending.ts";
import type { Reader } from "../reader.ts";

/** Opens a framer that splits bytes into messages. */
export type Frame = (most: number, text: (bytes: Uint8Array) => void, tooLong: TooLong) => Framing;

/** The byte stream of one sender. */
export interface Flow {
  /** Size of the buffer for an incomplete message, in bytes. */
  readonly held: number;
  /**
   * Decodes and submits bytes.
   * @returns undefined if there are no events to submit; otherwise a promise that resolves when the inbox has accepted
   * them. The caller must not push more bytes before that.
   */
  push(bytes: Uint8Array): Promise<void> | undefined;
  /** Submits the remaining bytes as the last message. */
  end(): Promise<void> | undefined;
}

export interface FlowOptions {
  readonly decode: Decode;
  /** See {@link Reader.beginning}. */
  readonly beginning?: Reader["beginning"];
  readonly frame: Frame;
  readonly most: number;
}

/** @param signal stops waiting for space in the inbox */
export function openFlow(
  intake: Intake,
  { decode, beginning, frame, most }: FlowOptions,
  counts: FeedCounts,
  signal: AbortSignal,
): Flow {
  const pending = openPending(intake, decode, counts, beginning);
  let received: Received = { time: 0n };
  const framing = frame(
    most,
    (text) => pending.decode(text, received),
    (text) => pending.tooLong(text, received),
  );

  function offer(): Promise<void> | undefined {
    return pending.length === 0 ? undefined : pending.submit(signal).then(() => {});
  }

  return {
    get held() {
      return framing.held;
    },
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

import type { Readable } from "node:stream";
import type { Decode } from "../decode.ts";
import { countRefused, type Feed, newCounts } from "../feed.ts";
import { openHandOver } from "../hand-over.ts";
import type { Intake } from "../inbox.ts";
import { openLines } from "../lines.ts";

export interface StreamSettings {
  /** As the configuration has it. */
  readonly from: string;
  /** Bytes that a line may have. */
  readonly maxLine: number;
  readonly decode: Decode;
}

/**
 * Takes the lines of a stream, such as the standard input. What it gives is read no faster than it is judged; what was
 * read and not judged when the program ends is lost.
 */
export function openReadable(stream: Readable, settings: StreamSettings, intake: Intake): Feed {
  const counts = newCounts(settings.from);
  const ending = new AbortController();
  const handOver = openHandOver(intake, settings.decode, counts);
  let received = { time: 0n };
  const lines = openLines(
    settings.maxLine,
    (text) => handOver.read(text, received),
    () => countRefused(counts, "too_large"),
  );

  async function run(): Promise<void> {
    for await (const chunk of stream) {
      if (ending.signal.aborted || !(chunk instanceof Uint8Array)) return;
      received = { time: BigInt(Date.now()) * 1_000_000n };
      counts.bytes += chunk.length;
      lines.push(chunk);
      if (handOver.ready > 0 && (await handOver.offer(ending.signal)) === undefined) return;
    }
    lines.end();
    if (handOver.ready > 0) await handOver.offer(ending.signal);
    counts.trouble = "it has ended";
  }

  const running = run().catch((error: unknown) => {
    if (!ending.signal.aborted)
      counts.trouble = `it can't be read: ${error instanceof Error ? error.message : String(error)}`;
  });
  return {
    counts,
    async close() {
      ending.abort();
      stream.destroy();
      await running;
    },
  };
}

import type { Readable } from "node:stream";
import type { Decode } from "../decode.ts";
import { type Feed, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { openLines } from "../lines.ts";
import type { Reader } from "../reader.ts";
import { openFlow } from "./flow.ts";

export interface ReadableSettings {
  /** The text of `from` in the configuration. */
  readonly from: string;
  /** Maximum length of a line, in bytes. */
  readonly most: number;
  readonly decode: Decode;
  /** See {@link Reader.beginning}. */
  readonly beginning?: Reader["beginning"];
}

/**
 * Receives the lines of a stream, such as standard input. While the inbox is full, the stream is not read. Events that
 * are not evaluated when the agent stops are lost.
 */
export function openReadable(stream: Readable, settings: ReadableSettings, intake: Intake): Feed {
  const { from, most, decode, beginning } = settings;
  const counts = newCounts(from);
  const ending = new AbortController();
  const { signal } = ending;
  const flow = openFlow(intake, { decode, beginning, frame: openLines, most }, counts, signal);

  async function run(): Promise<void> {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) continue;
      await flow.push(chunk);
      if (signal.aborted) return;
    }
    await flow.end();
    counts.trouble = "the stream has ended";
  }

  const running = run().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    if (!signal.aborted) counts.trouble = `cannot read: ${reason}`;
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

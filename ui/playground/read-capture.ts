import { Engine, type OnMatch } from "../../src/engine/engine.ts";
import { ResolvedNames } from "../../src/machine/dns/resolved-names.ts";
import { Machine } from "../../src/machine/machine.ts";
import type { Ruleset } from "../../src/rule/ruleset.ts";
import { openCapture } from "./capture-source.ts";

/** Number of events evaluated between checks of the clock. */
const BATCH = 2048;
/** Milliseconds between pauses in which the worker receives messages. */
const SLICE = 40;

export interface CaptureSummary {
  readonly capture: Blob;
  readonly ruleset: Ruleset;
  readonly onMatch: OnMatch;
  /** Whether to stop reading; called after each batch of events. */
  readonly isDone: () => boolean;
  /** Called between slices. */
  readonly onSlice?: (events: number, bytes: number) => void;
}

/** Totals of a capture that was read. */
export interface Read {
  readonly events: number;
  /** Number of bytes read of the file, before decompression. */
  readonly bytes: number;
  readonly warning: string | undefined;
}

/**
 * Evaluates a capture in slices.
 * @throws Error if the file is not a capture
 */
export async function readCapture({ capture, ruleset, onMatch, isDone, onSlice }: CaptureSummary): Promise<Read> {
  const source = openCapture(capture);
  const machine = new Machine();
  machine.names = new ResolvedNames();
  const engine = new Engine(source.events, machine, ruleset, onMatch);
  let began = performance.now();
  const yieldToMessages = async (): Promise<boolean> => {
    if (performance.now() - began < SLICE) return isDone();
    onSlice?.(engine.events, source.read());
    await new Promise((resume) => setTimeout(resume));
    began = performance.now();
    return isDone();
  };
  try {
    reading: while (await source.more()) {
      while (engine.drain(BATCH) > 0) if (await yieldToMessages()) break reading;
      if (await yieldToMessages()) break;
    }
  } finally {
    await source.close();
  }
  const warning = source.warning();
  if (warning !== undefined && engine.events === 0) throw new Error(capitalized(warning));
  return {
    events: engine.events,
    bytes: source.read(),
    warning: warning === undefined ? undefined : capitalized(warning),
  };
}

function capitalized(warning: string): string {
  return `${warning.charAt(0).toUpperCase()}${warning.slice(1)}.`;
}

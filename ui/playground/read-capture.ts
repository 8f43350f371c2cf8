import { Engine, type OnMatch } from "../../src/engine/engine.ts";
import { Machine } from "../../src/machine/machine.ts";
import type { Ruleset } from "../../src/rule/ruleset.ts";
import { openCapture } from "./capture-source.ts";

/** Events between two looks at the clock. */
const BATCH = 2048;
/** Milliseconds between two breaks, in which the worker hears what it is told. */
const SLICE = 40;

export interface CaptureSummary {
  readonly capture: Blob;
  readonly ruleset: Ruleset;
  readonly onMatch: OnMatch;
  /** Whether nobody wants the rest: asked between slices. */
  readonly isDone: () => boolean;
  /** Told between slices. */
  readonly onSlice?: (events: number, bytes: number) => void;
}

/** What there was in a capture. */
export interface Read {
  readonly events: number;
  /** Of the file as it lies there. */
  readonly bytes: number;
  readonly warning: string | undefined;
}

/**
 * Judges a capture in slices.
 * @throws Error with a sentence where it is none
 */
export async function readCapture({ capture, ruleset, onMatch, isDone, onSlice }: CaptureSummary): Promise<Read> {
  const captured = openCapture(capture);
  const engine = new Engine(captured.source, new Machine(), ruleset, onMatch);
  let began = performance.now();
  const yieldToMessages = async (): Promise<boolean> => {
    if (performance.now() - began < SLICE) return isDone();
    onSlice?.(engine.events, captured.read());
    await new Promise((go) => setTimeout(go));
    began = performance.now();
    return isDone();
  };
  try {
    reading: while (await captured.more()) {
      while (engine.drain(BATCH) > 0) if (await yieldToMessages()) break reading;
      if (await yieldToMessages()) break;
    }
  } finally {
    await captured.close();
  }
  const warning = captured.warning();
  if (warning !== undefined && engine.events === 0) throw new Error(sentence(warning));
  return {
    events: engine.events,
    bytes: captured.read(),
    warning: warning === undefined ? undefined : sentence(warning),
  };
}

function sentence(warning: string): string {
  return `${warning[0].toUpperCase()}${warning.slice(1)}.`;
}

import { Machine } from "../machine/machine.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { Engine } from "./engine.ts";

/**
 * Evaluates a capture and discards the matches, so that the generated code is compiled before live events arrive. Cold
 * code is ten times slower, and a ring of 8 MiB holds about 50 ms of events on a busy machine.
 */
export function warmUp(ruleset: Ruleset, recording: Source): void {
  for (const _ of warmUpInSteps(ruleset, recording, Number.POSITIVE_INFINITY));
}

/**
 * Performs {@link warmUp} in steps of `step` events, so that the caller can do other work in between.
 * @returns the event types of the capture
 */
export function* warmUpInSteps(ruleset: Ruleset, recording: Source, step: number): Generator<void, number[]> {
  try {
    const engine = new Engine(recording, new Machine(), ruleset, () => {});
    while (engine.drain(step) === step) yield;
    return [...engine.seen.keys()].filter((code) => engine.seen[code] !== 0);
  } finally {
    recording.close();
  }
}

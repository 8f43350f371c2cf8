import { Machine } from "../machine/machine.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { Engine } from "./engine.ts";

/**
 * Runs a recording past rules that are about to judge live events and forgets what came of it, so that the code that
 * judges is compiled before the first flood comes: cold it is ten times slower, and a ring of 8 MiB holds some 50 ms of
 * a busy machine.
 */
export function warmUp(ruleset: Ruleset, recording: Source): void {
  try {
    new Engine(recording, new Machine(), ruleset, () => {}).drain();
  } finally {
    recording.close();
  }
}

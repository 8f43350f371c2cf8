import { Engine } from "../../engine/engine.ts";
import { Machine } from "../../machine/machine.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Location } from "../../rule/location.ts";
import type { LoadedRule, Ruleset } from "../../rule/ruleset.ts";
import type { Source } from "../../source/source.ts";
import { TestFault } from "../reading.ts";
import { People } from "../script/people.ts";
import { Script } from "../script/script.ts";
import type { TestCase } from "./test-file.ts";

/** The events of a case, as often as somebody wants them. */
export interface Scene {
  /** Sees every event that counts, in its place in the machine's state. */
  play(ruleset: Ruleset, onMatch: (rule: LoadedRule, event: Observed) => void, look?: (event: Observed) => void): void;
  /** What the test calls the event at hand, and where it says so. */
  at(event: Observed): { readonly name: string; readonly place: Location };
}

/**
 * The events that a case writes.
 * @throws TestFault
 */
export function scriptedScene(test: TestCase): Scene {
  const people = new People();
  for (const users of test.users) people.define(users);
  const script = new Script(people, test.processes);
  if (test.time !== undefined) script.begin(test.time);
  if (test.process !== undefined) script.actor(test.process);
  for (const event of test.events ?? []) script.step(event);
  if (script.events.length === 0) throw new TestFault("There are no events.", test.place);
  return {
    play: (ruleset, onMatch, look) => {
      const { users, groups } = people;
      play(script.source(), new Machine({ accounts: () => ({ users, groups }) }), ruleset, onMatch, look);
    },
    at: (event) => script.events[event.num - 1],
  };
}

/** Runs the real engine; `look` sees what no rule wants too. */
export function play(
  source: Source,
  machine: Machine,
  ruleset: Ruleset,
  onMatch: (rule: LoadedRule, event: Observed) => void,
  look?: (event: Observed) => void,
): void {
  const judged = look === undefined ? ruleset : watched(ruleset, look);
  const engine = new Engine(source, machine, judged, (rule, event) => onMatch(ruleset.rules[rule], event));
  engine.drain();
  source.close();
}

const NONE: readonly number[] = [];

/** Shows events to somebody before rules see them, those too that no rule wants. */
export function watched(ruleset: Ruleset, look: (event: Observed) => void): Ruleset {
  return {
    rules: ruleset.rules,
    wanted: new Uint8Array(ruleset.wanted.length).fill(1),
    match(event) {
      look(event);
      return ruleset.wanted[event.type] === 1 ? ruleset.match(event) : NONE;
    },
  };
}

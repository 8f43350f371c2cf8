import { Engine } from "../../engine/engine.ts";
import { ResolvedNames } from "../../machine/dns/resolved-names.ts";
import { Machine } from "../../machine/machine.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Location } from "../../rule/location.ts";
import type { LoadedRule, Ruleset } from "../../rule/ruleset.ts";
import type { Source } from "../../source/source.ts";
import { itemAt } from "../item-at.ts";
import { TestFault } from "../reading.ts";
import { Accounts } from "../script/accounts.ts";
import { Script } from "../script/script.ts";
import type { TestCase } from "./test-file.ts";

/** The events of a test case, which can be evaluated several times. */
export interface CaseEvents {
  /** Evaluates rules on the events. `look` receives every event, including those that no rule evaluates. */
  evaluate(
    ruleset: Ruleset,
    onMatch: (rule: LoadedRule, event: Observed) => void,
    look?: (event: Observed) => void,
  ): void;
  /** Returns the name and position of the current event in the test. */
  origin(event: Observed): { readonly name: string; readonly place: Location };
}

/**
 * Returns the events that a case describes.
 * @throws TestFault
 */
export function scriptedEvents(test: TestCase): CaseEvents {
  const accounts = new Accounts();
  for (const users of test.users) accounts.define(users);
  const script = new Script(accounts, test.processes);
  if (test.time !== undefined) script.begin(test.time);
  if (test.process !== undefined) script.process(test.process);
  for (const event of test.events ?? []) script.step(event);
  if (script.events.length === 0) throw new TestFault("The case has no events.", test.place);
  return {
    evaluate: (ruleset, onMatch, look) => {
      const { users, groups } = accounts;
      evaluateAll(script.source(), new Machine({ accounts: () => ({ users, groups }) }), ruleset, onMatch, look);
    },
    origin: (event) => itemAt(script.events, event.num - 1),
  };
}

/** Runs the engine on a source. `look` receives every event, including those that no rule evaluates. */
export function evaluateAll(
  source: Source,
  machine: Machine,
  ruleset: Ruleset,
  onMatch: (rule: LoadedRule, event: Observed) => void,
  look?: (event: Observed) => void,
): void {
  const rules = look === undefined ? ruleset : observed(ruleset, look);
  machine.names ??= new ResolvedNames();
  const engine = new Engine(source, machine, rules, (rule, event) => onMatch(itemAt(ruleset.rules, rule), event));
  engine.drain();
  source.close();
}

const NONE: readonly number[] = [];

/** Returns a ruleset that passes every event to `look` before evaluation, including those that no rule evaluates. */
export function observed(ruleset: Ruleset, look: (event: Observed) => void): Ruleset {
  return {
    rules: ruleset.rules,
    wanted: new Uint8Array(ruleset.wanted.length).fill(1),
    match(event) {
      look(event);
      return ruleset.wanted[event.type] === 1 ? ruleset.match(event) : NONE;
    },
  };
}

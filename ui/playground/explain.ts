import { nearest } from "../../src/condition/did-you-mean.ts";
import { EVENT_TYPES } from "../../src/event/code.ts";
import { plainPrinting } from "../../src/field/print.ts";
import { SYSCALL } from "../../src/field/sources.ts";
import type { Observed } from "../../src/machine/observed.ts";
import type { LoadedRule } from "../../src/rule/ruleset.ts";
import { explanationJson } from "../../src/workbench/explain/json.ts";
import { closestOf, searchFor } from "../../src/workbench/explain/search.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import type { EditedRules } from "./load.ts";
import type { ExplainResult, ExplainTarget } from "./protocol.ts";
import { readCapture } from "./read-capture.ts";

/** Maximum number of closest matches listed in addition to the rules that matched. */
const MAX_CLOSEST = 5;
const NONE: readonly number[] = [];

/**
 * Explains an event in a capture, like `eyas explain`.
 * @throws Error if the event or rule does not exist
 */
export async function explain(
  edited: EditedRules,
  capture: Blob,
  target: ExplainTarget,
  isCancelled: () => boolean,
): Promise<ExplainResult> {
  const rules = edited.loaded.rules.filter((loaded) => edited.isEnabled(loaded) && loaded.source === SYSCALL);
  const rule = target.rule === undefined ? undefined : ruleNamed(target.rule, edited.loaded.rules);
  const words = edited.languages.vocabulary(SYSCALL);
  if (words === undefined) throw new Error("The syscall source has no condition language.");
  const { event: num } = target;
  const search = searchFor(
    num === undefined ? { kind: "nearest" } : { kind: "one", matches: (event) => event.num === num },
    {
      rules,
      rule,
      definitions: edited.loaded.definitions,
      words,
      printing: plainPrinting,
    },
  );
  const match = (event: Observed): readonly number[] => {
    if (!search.isDone()) search.look(event);
    return NONE;
  };
  const { events } = await readCapture({
    capture,
    ruleset: { rules: [], wanted: new Uint8Array(EVENT_TYPES).fill(1), match },
    onMatch() {},
    isDone: () => search.isDone() || isCancelled(),
  });
  const found = search.result();
  if (found === undefined) throw new Error(missing(num, events));
  const verdicts = rule === undefined ? closestOf(found.verdicts, MAX_CLOSEST) : found.verdicts;
  return { json: explanationJson(found.event, verdicts) };
}

function missing(num: number | undefined, events: number): string {
  if (num === undefined) return "The rule is not evaluated for any event in the capture.";
  return events < num
    ? `Event ${num} does not exist. The capture has ${quantity(events, "event")}.`
    : `Rules are not evaluated for event ${num}, because it only updates the state of the machine.`;
}

function ruleNamed(name: string, rules: readonly LoadedRule[]): LoadedRule {
  const found = rules.find((rule) => rule.name === name);
  if (found === undefined) {
    const similar = nearest(
      name,
      rules.map((rule) => rule.name),
    );
    throw new Error(`There is no rule "${name}"${similar === undefined ? "." : `; did you mean "${similar}"?`}`);
  }
  if (found.source !== SYSCALL)
    throw new Error(`The source of rule "${name}" is ${found.source}, but captures contain only system calls.`);
  return found;
}

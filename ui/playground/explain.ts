import { nearest } from "../../src/condition/did-you-mean.ts";
import { EVENT_TYPES } from "../../src/event/code.ts";
import { plainPrinting } from "../../src/field/print.ts";
import { SYSCALL } from "../../src/field/sources.ts";
import type { Observed } from "../../src/machine/observed.ts";
import type { LoadedRule } from "../../src/rule/ruleset.ts";
import { explanationJson } from "../../src/workbench/explain/json.ts";
import { closestOf, searchFor } from "../../src/workbench/explain/search.ts";
import type { EditedRules } from "./load.ts";
import type { Explained, ExplainTarget } from "./protocol.ts";
import { readCapture } from "./read-capture.ts";

/** Rules that came near, told of beside those that fired. */
const NEAR = 5;
const NONE: readonly number[] = [];

/**
 * Explains an event of a capture, as `eyas explain` does.
 * @throws Error with a sentence where there is no such event or rule
 */
export async function explain(
  edition: EditedRules,
  capture: Blob,
  wish: ExplainTarget,
  isStopped: () => boolean,
): Promise<Explained> {
  const rules = edition.loaded.rules.filter((one) => edition.isOn(one) && one.source === SYSCALL);
  const rule = wish.rule === undefined ? undefined : ruleNamed(wish.rule, edition.loaded.rules);
  const words = edition.languages.vocabulary(SYSCALL);
  if (words === undefined) throw new Error("There are no words for system calls.");
  const { event: num } = wish;
  const search = searchFor(
    num === undefined ? { kind: "nearest" } : { kind: "one", matches: (one) => one.num === num },
    {
      rules,
      rule,
      definitions: edition.loaded.definitions,
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
    isDone: () => search.isDone() || isStopped(),
  });
  const found = search.result();
  if (found === undefined) throw new Error(missing(num, events));
  const verdicts = rule === undefined ? closestOf(found.verdicts, NEAR) : found.verdicts;
  return { json: explanationJson(found.event, verdicts) };
}

function missing(num: number | undefined, events: number): string {
  if (num === undefined) return "The capture has no event that the rule is evaluated on.";
  return events < num
    ? `The capture has ${events} events: there is no event ${num}.`
    : `Rules are not evaluated on event ${num}: it was recorded for the state of the machine.`;
}

function ruleNamed(name: string, rules: readonly LoadedRule[]): LoadedRule {
  const found = rules.find((rule) => rule.name === name);
  if (found === undefined) {
    const near = nearest(
      name,
      rules.map((rule) => rule.name),
    );
    throw new Error(`There is no rule "${name}"${near === undefined ? "." : `; did you mean "${near}"?`}`);
  }
  if (found.source !== SYSCALL) throw new Error(`"${name}" is about events of ${found.source}, not of system calls.`);
  return found;
}

import { Failure } from "../agent/failure.ts";
import { isTechnique } from "../api/mitre.ts";
import { nearest } from "../condition/did-you-mean.ts";
import type { DrillAction } from "../drill/action.ts";
import { sourceOf } from "../drill/actions.ts";
import { SYSCALL } from "../field/sources.ts";
import type { RuleFacts } from "./drill-list.ts";

interface Selection {
  readonly only?: readonly string[];
  readonly source?: string;
}

interface SelectOptions {
  readonly facts: RuleFacts;
  /** Whether actions of all sources are selected if `--source` is not set. */
  readonly everySource: boolean;
}

/**
 * Returns the actions that `--source` and `--only` select, in the order of the table. Errors contain the unknown word.
 */
export function selectActions(
  all: readonly DrillAction[],
  { only, source }: Selection,
  { facts, everySource }: SelectOptions,
): readonly DrillAction[] {
  const sources = new Set(all.map(sourceOf));
  if (source !== undefined && !sources.has(source)) {
    throw new Failure(`There is no drill for the source "${source}"; drills exist for ${[...sources].join(", ")}.`);
  }
  const isSelected = (action: DrillAction) =>
    source === undefined ? everySource || sourceOf(action) === SYSCALL : sourceOf(action) === source;
  const selected = all.filter(isSelected);
  if (only === undefined) return selected;
  const named = new Set(only.flatMap((word) => matching(word, all, facts, isSelected)));
  return selected.filter((action) => named.has(action));
}

/** Returns the selected actions that match a word of `--only`. */
function matching(
  word: string,
  all: readonly DrillAction[],
  facts: RuleFacts,
  isSelected: (action: DrillAction) => boolean,
): readonly DrillAction[] {
  const found = all.filter((action) => means(word, action, facts));
  const selected = found.filter(isSelected);
  if (selected.length > 0) return selected;
  const [other] = found;
  if (other !== undefined) {
    throw new Failure(`"${word}" belongs to the source ${sourceOf(other)}: add --source ${sourceOf(other)}.`);
  }
  if (isTechnique(word.toUpperCase())) {
    throw new Failure(`No drill action for ${word.toUpperCase()}; see docs/attack-coverage.md.`);
  }
  const near = nearest(
    word,
    all.flatMap(({ name, rule }) => [name, rule]),
  );
  const hint = near === undefined ? "'eyas drill --list' lists the valid names" : `did you mean "${near}"?`;
  throw new Failure(`Unknown drill action, rule or technique "${word}"; ${hint}.`.replace("?.", "?"));
}

function means(word: string, { name, rule }: DrillAction, facts: RuleFacts): boolean {
  const technique = word.toUpperCase();
  return (
    name === word ||
    rule.toLowerCase() === word.toLowerCase() ||
    (facts.get(rule)?.techniques.some((one) => one === technique || one.startsWith(`${technique}.`)) ?? false)
  );
}

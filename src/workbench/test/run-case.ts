import { nearest } from "../../condition/did-you-mean.ts";
import type { RuleVocabulary } from "../../field/catalogue.ts";
import { plainPrinting } from "../../field/print.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Location } from "../../rule/location.ts";
import { OutputError, parseOutput } from "../../rule/output.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { Bench } from "../bench.ts";
import { TestFault } from "../reading.ts";
import type { CaseEvents } from "./case-events.ts";
import type { Check, Expectation } from "./expectation.ts";
import { type Reason, reasonForMatch, reasonForNoMatch } from "./reason.ts";
import { type ResponseSimulator, responseRecorder } from "./responses.ts";
import type { TestCase } from "./test-file.ts";

/** A difference between the result of a case and its expectations, or an error in the case. */
export interface Problem {
  readonly kind: "fault" | "silent" | "fired" | "times" | "differs" | "does";
  readonly place: Location;
  /** The difference or error as one sentence. */
  readonly message: string;
  readonly rule: string | undefined;
  /** The deciding parts of the condition. */
  readonly reason: Reason | undefined;
  /** Expected and found values of an alert. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/** A match of a rule in a case. */
interface Match {
  readonly rule: LoadedRule;
  readonly message: string;
  readonly event: { readonly name: string; readonly place: Location };
  /** Values of the fields that the case checks. */
  readonly values: ReadonlyMap<string, string | undefined>;
}

export interface CaseOutcome {
  readonly problems: readonly Problem[];
  /** Distinct matching rules, in order of their first match. */
  readonly fired: readonly string[];
}

/** Evaluates the events of a case and compares the matches with its expectations. */
export function runCase(
  test: TestCase,
  events: CaseEvents,
  bench: Bench,
  look?: (event: Observed) => void,
  trial?: ResponseSimulator,
): CaseOutcome {
  for (const { rule, place } of [...test.fires, ...test.silent.rules]) known(rule, test.source, bench, place);
  const readers = fieldReaders(test.fires, bench.words(test.source));
  const matches: Match[] = [];
  const { does } = test;
  const answers = does && trial && responseRecorder(does, test.place, trial, bench.words(test.source));
  events.evaluate(
    bench.of(test.source),
    (rule, event) => {
      if (rule.enabled) answers?.raise(rule, event);
      const values = new Map<string, string | undefined>();
      for (const [field, read] of readers.get(rule.name) ?? []) values.set(field, read(rule, event));
      matches.push({ rule, message: rule.template.text(event), event: events.origin(event), values });
    },
    look,
  );
  const problems: Problem[] = [];
  for (const expectation of test.fires) {
    const own = matches.filter(({ rule }) => rule.name === expectation.rule);
    problems.push(...check(expectation, own, events, bench));
  }
  const expected = new Set(test.fires.map(({ rule }) => rule));
  const reported = new Set<string>();
  for (const { rule, message, event } of matches) {
    if (expected.has(rule.name) || reported.has(rule.name)) continue;
    if (!(test.silent.all && rule.enabled) && !test.silent.rules.some(({ rule: name }) => name === rule.name)) continue;
    reported.add(rule.name);
    problems.push({
      kind: "fired",
      place: event.place,
      message: `Rule "${rule.name}" matched ${event.name}, but should not: ${message}`,
      rule: rule.name,
      reason: reasonForMatch(rule, events, bench),
      differences: [],
    });
  }
  problems.push(...(answers?.problems() ?? []));
  return { problems, fired: [...new Set(matches.map(({ rule }) => rule.name))] };
}

function known(name: string, source: string, { rules }: Bench, place: Location): void {
  const found = rules.filter((rule) => rule.name === name);
  if (found.some((rule) => rule.source === source)) return;
  const [other] = found;
  if (other !== undefined) {
    throw new TestFault(
      `Rule "${name}" is for source "${other.source}", but the events of this case are of source "${source}".`,
      place,
    );
  }
  const near = nearest(
    name,
    rules.map((rule) => rule.name),
  );
  throw new TestFault(`Rule "${name}" not found${near === undefined ? "." : `; did you mean "${near}"?`}`, place);
}

function check(expectation: Expectation, matches: readonly Match[], events: CaseEvents, bench: Bench): Problem[] {
  const { rule: name, place, times, checks } = expectation;
  const problem = (kind: Problem["kind"], message: string, more: Partial<Problem> = {}): Problem => {
    return { kind, place, message, rule: name, reason: undefined, differences: [], ...more };
  };
  const rule = bench.rules.find((one) => one.name === name);
  if (matches.length === 0 && times !== 0) {
    const reason = rule === undefined ? undefined : reasonForNoMatch(rule, events, bench);
    return [problem("silent", `Rule "${name}" did not match.`, { reason })];
  }
  const problems: Problem[] = [];
  if (times !== undefined && matches.length !== times) {
    problems.push(
      problem(
        "times",
        `Rule "${name}" matched ${matches.length === 1 ? "once" : `${matches.length} times`}, expected ${times}.`,
      ),
    );
  }
  let best: Difference[] | undefined;
  for (const match of matches) {
    const differences = checks.flatMap((check) => difference(check, match));
    if (best === undefined || differences.length < best.length) best = differences;
  }
  if (best !== undefined && best.length > 0) {
    problems.push(problem("differs", `Rule "${name}" matched, but its alert differs.`, { differences: best }));
  }
  return problems;
}

function difference({ subject, expected, holds }: Check, { values }: Match): Difference[] {
  const text = values.get(subject);
  if (holds(text)) return [];
  return [{ subject, expected, found: text === undefined ? "<NA>" : JSON.stringify(text) }];
}

type Read = (rule: LoadedRule, event: Observed) => string | undefined;

/** Returns readers of the values that the case checks, by rule. */
function fieldReaders(
  fires: readonly Expectation[],
  words: RuleVocabulary,
): ReadonlyMap<string, ReadonlyMap<string, Read>> {
  const readers = new Map<string, Map<string, Read>>();
  for (const { rule, checks } of fires) {
    const own = readers.get(rule) ?? new Map<string, Read>();
    readers.set(rule, own);
    for (const { subject, place } of checks) if (!own.has(subject)) own.set(subject, reader(subject, place, words));
  }
  return readers;
}

function reader(subject: string, place: Location, words: RuleVocabulary): Read {
  switch (subject) {
    case "output":
      return (rule, event) => rule.template.text(event);
    case "priority":
      return (rule) => rule.priority;
    case "tags":
      return (rule) => rule.tags.join(",");
    default:
      return field(subject, place, words);
  }
}

/** Returns a reader for a field, or for a transformer applied to fields, as in outputs. */
function field(name: string, place: Location, words: RuleVocabulary): Read {
  try {
    const template = parseOutput(`%${name}`, words, plainPrinting);
    return (_rule, event) => {
      const text = template.text(event);
      return text === "<NA>" ? undefined : text;
    };
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    throw new TestFault(`Invalid alert value "${name}": ${error.message}`, place);
  }
}

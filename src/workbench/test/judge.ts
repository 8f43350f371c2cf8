import { nearest } from "../../condition/did-you-mean.ts";
import type { RuleVocabulary } from "../../field/catalogue.ts";
import { plainPrinting } from "../../field/print.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Location } from "../../rule/location.ts";
import { OutputError, parseOutput } from "../../rule/output.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { Bench } from "../bench.ts";
import { TestFault } from "../reading.ts";
import { answersTo, type ResponseTrial } from "./does.ts";
import type { Check, Expectation } from "./expectation.ts";
import type { Scene } from "./scene.ts";
import type { TestCase } from "./test-file.ts";
import { type Reason, whyFired, whySilent } from "./why.ts";

/** That something is not as a case says. */
export interface Problem {
  readonly kind: "fault" | "silent" | "fired" | "times" | "differs" | "does";
  readonly place: Location;
  /** One sentence. */
  readonly message: string;
  readonly rule: string | undefined;
  /** Which part of the condition decided. */
  readonly reason: Reason | undefined;
  /** Expected and found, for alerts that say something else. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/** An alert of a case. */
interface Firing {
  readonly rule: LoadedRule;
  readonly message: string;
  readonly event: { readonly name: string; readonly place: Location };
  /** What its fields say, of those that are asked for. */
  readonly said: ReadonlyMap<string, string | undefined>;
}

export interface Verdict {
  readonly problems: readonly Problem[];
  /** Rules that fired, each once, in the order of the first time. */
  readonly fired: readonly string[];
}

/** Plays a case and holds what happened against what it says. */
export function judge(
  test: TestCase,
  scene: Scene,
  bench: Bench,
  look?: (event: Observed) => void,
  trial?: ResponseTrial,
): Verdict {
  for (const { rule, place } of [...test.fires, ...test.silent.rules]) known(rule, test.source, bench, place);
  const readers = fieldReaders(test.fires, bench.words(test.source));
  const firings: Firing[] = [];
  const { does } = test;
  const answers = does && trial && answersTo(does, test.place, trial, bench.words(test.source));
  scene.play(
    bench.of(test.source),
    (rule, event) => {
      if (rule.enabled) answers?.raise(rule, event);
      const said = new Map<string, string | undefined>();
      for (const [field, read] of readers.get(rule.name) ?? []) said.set(field, read(rule, event));
      firings.push({ rule, message: rule.template.text(event), event: scene.at(event), said });
    },
    look,
  );
  const problems: Problem[] = [];
  for (const expectation of test.fires) {
    const own = firings.filter(({ rule }) => rule.name === expectation.rule);
    problems.push(...unmet(expectation, own, scene, bench));
  }
  const expected = new Set(test.fires.map(({ rule }) => rule));
  const said = new Set<string>();
  for (const { rule, message, event } of firings) {
    if (expected.has(rule.name) || said.has(rule.name)) continue;
    if (!(test.silent.all && rule.enabled) && !test.silent.rules.some(({ rule: name }) => name === rule.name)) continue;
    said.add(rule.name);
    problems.push({
      kind: "fired",
      place: event.place,
      message: `"${rule.name}" fired at ${event.name}, but should be silent: ${message}`,
      rule: rule.name,
      reason: whyFired(rule, scene, bench),
      differences: [],
    });
  }
  problems.push(...(answers?.problems() ?? []));
  return { problems, fired: [...new Set(firings.map(({ rule }) => rule.name))] };
}

function known(name: string, source: string, { rules }: Bench, place: Location): void {
  const found = rules.filter((rule) => rule.name === name);
  if (found.some((rule) => rule.source === source)) return;
  if (found.length > 0) {
    throw new TestFault(
      `"${name}" is about events of source "${found[0].source}", and those of this case are of source "${source}".`,
      place,
    );
  }
  const near = nearest(
    name,
    rules.map((rule) => rule.name),
  );
  throw new TestFault(`There is no rule "${name}"${near === undefined ? "" : `; did you mean "${near}"?`}`, place);
}

function unmet(expectation: Expectation, firings: readonly Firing[], scene: Scene, bench: Bench): Problem[] {
  const { rule: name, place, times, checks } = expectation;
  const problem = (kind: Problem["kind"], message: string, more: Partial<Problem> = {}): Problem => {
    return { kind, place, message, rule: name, reason: undefined, differences: [], ...more };
  };
  const rule = bench.rules.find((one) => one.name === name);
  if (firings.length === 0 && times !== 0) {
    const reason = rule === undefined ? undefined : whySilent(rule, scene, bench);
    return [problem("silent", `"${name}" did not fire.`, { reason })];
  }
  const problems: Problem[] = [];
  if (times !== undefined && firings.length !== times) {
    problems.push(problem("times", `"${name}" fired ${firings.length} times, not ${times}.`));
  }
  let best: Difference[] | undefined;
  for (const firing of firings) {
    const differences = checks.flatMap((check) => difference(check, firing));
    if (best === undefined || differences.length < best.length) best = differences;
  }
  if (best !== undefined && best.length > 0) {
    problems.push(problem("differs", `"${name}" fired, but its alert says something else.`, { differences: best }));
  }
  return problems;
}

function difference({ subject, expected, holds }: Check, { said }: Firing): Difference[] {
  const text = said.get(subject);
  if (holds(text)) return [];
  return [{ subject, expected, found: text === undefined ? "<NA>" : JSON.stringify(text) }];
}

type Read = (rule: LoadedRule, event: Observed) => string | undefined;

/** For each rule, how to read what the case asks of its alerts. */
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

/** The name of a field, or of a transformer applied to some, as outputs take them. */
function field(name: string, place: Location, words: RuleVocabulary): Read {
  try {
    const template = parseOutput(`%${name}`, words, plainPrinting);
    return (_rule, event) => {
      const text = template.text(event);
      return text === "<NA>" ? undefined : text;
    };
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    throw new TestFault(`Alerts have no "${name}": ${error.message}`, place);
  }
}

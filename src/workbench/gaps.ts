import type { Condition, Literal, Span, Term, Test, TransformOperand } from "../condition/ast.ts";
import { finish } from "../condition/finish.ts";
import { genericParamsOf } from "../event/generic.ts";
import { wholeCall } from "../event/narrowed.ts";
import { ABSENT_CALL, type Architecture, liveCalls, whyNotLive } from "../event/occurrence.ts";
import { syscallName } from "../event/syscalls.ts";
import { asyncNames, codesOfSyscall, eventTypes } from "../event/types.ts";
import { rolesOf, selectors } from "../field/roles.ts";
import { SYSCALL } from "../field/sources.ts";
import type { Diagnostic } from "../rule/diagnostic.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { selectCalls } from "../source/syscall/select.ts";

/** Codes of gaps: an event or a field value in a rule never occurs, or a system call in a rule is not watched. */
export type GapCode = "EYAS_NO_SUCH_EVENT" | "EYAS_NO_SUCH_VALUE" | "EYAS_NOT_WATCHED";
export type Gap = Diagnostic<GapCode>;

export interface GapOptions {
  readonly architecture: Architecture;
  /** Whether container runtimes are queried. If not, there are no container events. */
  readonly containers: boolean;
  /** `base_syscalls` of the configuration. */
  readonly base: { readonly custom_set: readonly string[]; readonly repair: boolean; readonly all: boolean };
}

/** The capabilities of the sensor, with which rules are compared. */
interface Sensor extends GapOptions {
  /** System calls that the sensor can report. */
  readonly calls: ReadonlySet<number>;
  /** System calls in rules that the sensor does not watch with this configuration. */
  readonly unwatched: ReadonlySet<number>;
}

/**
 * Finds the parts of syscall rules that are never true with a live sensor, in the order of the rules. Negated names are
 * not gaps, and neither are calls of other architectures in a rule that also names calls of this architecture.
 */
export function gapsOf(rules: readonly LoadedRule[], options: GapOptions): Gap[] {
  return finish(gapsInSteps(rules, options));
}

/** Like {@link gapsOf}, in steps of one rule, since thousands of rules take almost a second. */
export function* gapsInSteps(rules: readonly LoadedRule[], options: GapOptions): Generator<void, Gap[]> {
  const own = rules.filter(({ source }) => source === SYSCALL);
  const calls = liveCalls(options.architecture);
  const needed = new Set<number>();
  for (const rule of own) {
    if (namesCalls(rule)) for (const call of rule.bound.calls()) needed.add(call);
    yield;
  }
  const sensor: Sensor = { ...options, calls, unwatched: unwatchedCalls(needed, options.base) };
  const gaps: Gap[] = [];
  for (const rule of own) {
    const mentions = mentionsIn(rule);
    gaps.push(
      ...eventGaps(rule, mentions, sensor),
      ...valueGaps(rule, mentions, sensor),
      ...argumentGaps(rule, mentions, sensor),
      ...unwatchedGap(rule, mentions, sensor),
    );
    yield;
  }
  return gaps;
}

/** Whether a rule is restricted to at most half of all system calls. False for a rule that matches every event. */
function namesCalls({ bound }: LoadedRule): boolean {
  return bound.calls().size <= syscallName.length / 2;
}

/** @param needed system calls that rules name */
function unwatchedCalls(
  needed: ReadonlySet<number>,
  { custom_set: customSet, repair, all }: GapOptions["base"],
): ReadonlySet<number> {
  return new Set(selectCalls(needed, { customSet, repair, all }).unwatched);
}

function eventGaps(rule: LoadedRule, { events }: Mentions, { calls, architecture, containers }: Sensor): Gap[] {
  const missing = [...events.values()].flatMap((literal) => {
    const why = !containers && asyncNames.has(literal.text) ? NO_RUNTIME : whyNotLive(literal.text, calls);
    return why === undefined ? [] : [{ literal, why }];
  });
  const [first] = missing;
  const report = (message: string, place: Span | undefined): Gap => gap("EYAS_NO_SUCH_EVENT", message, rule, place);
  if (first === undefined) return rule.bound.codes.size === 0 ? [report(NO_TYPE, undefined)] : [];
  const canMatch = [...rule.bound.calls()].some((id) => calls.has(wholeCall(id)));
  if (canMatch)
    return missing
      .filter(({ why }) => why !== ABSENT_CALL)
      .map(({ literal: { text, place }, why }) =>
        report(`A live sensor never creates ${text} events: ${why}. Other events of the rule are available`, place),
      );
  const reasons = missing.map(({ literal, why }) => `${literal.text}: ${inWords(why, architecture)}`).join("; ");
  return [
    report(`The rule cannot match, because a live sensor never creates its events: ${reasons}`, first.literal.place),
  ];
}

const NO_RUNTIME = "the configuration disables requests to container runtimes (containers.enabled)";

const NO_TYPE = "The rule cannot match, because its comparisons with evt.type exclude each other, or a list is empty";

function inWords(why: string, architecture: Architecture): string {
  return why === ABSENT_CALL ? `there is no such call on ${architecture}` : why;
}

function valueGaps(rule: LoadedRule, { fields }: Mentions, { containers }: Sensor): Gap[] {
  return [...fields.values()].flatMap(({ name, place }) => {
    const {
      needs,
      fixed = containers || needs !== "container-events"
        ? undefined
        : `applies only to container events, which do not occur: ${NO_RUNTIME}`,
    } = rolesOf(name);
    return fixed === undefined ? [] : [gap("EYAS_NO_SUCH_VALUE", `Field ${name} ${fixed}`, rule, place)];
  });
}

/**
 * Finds fields of a condition whose argument is an event that never occurs, or a parameter that no event of the rule
 * has.
 */
function argumentGaps(rule: LoadedRule, { fields }: Mentions, { calls, architecture }: Sensor): Gap[] {
  return [...fields.values()].flatMap(({ name, argument, place }) => {
    if (argument === undefined || place === undefined) return [];
    if (name === "evt.type.is") {
      const why = whyNotLive(argument, calls);
      const message = `Field ${name}.${argument} is always 0: ${inWords(why ?? "", architecture)}`;
      return why === undefined ? [] : [gap("EYAS_NO_SUCH_EVENT", message, rule, place)];
    }
    if ((name !== "evt.arg" && name !== "evt.rawarg") || /^\d/.test(argument)) return [];
    // Include calls of other architectures, because rules often combine the calls of all architectures with "or".
    const own = [...rule.bound.calls()].map(wholeCall);
    if (own.length === 0 || own.some((id) => hasParameter(id, argument))) return [];
    return [gap("EYAS_NO_SUCH_VALUE", `No event of the rule has the parameter ${argument} of ${name}`, rule, place)];
  });
}

/** Whether the event of a call has a parameter. */
function hasParameter(call: number, name: string): boolean {
  const codes = codesOfSyscall[call] ?? [];
  return (
    codes.some((code) => eventTypes[code]?.params.some((param) => param.name === name)) ||
    genericParamsOf(call).some((param) => param?.name === name)
  );
}

function unwatchedGap(rule: LoadedRule, { events }: Mentions, { unwatched, calls: there, base }: Sensor): Gap[] {
  if (unwatched.size === 0 || !namesCalls(rule)) return [];
  const calls = new Set([...rule.bound.calls()].map(wholeCall));
  const names = [...unwatched]
    .filter((id) => there.has(id) && calls.has(id))
    .map((id) => syscallName[id] ?? String(id))
    .sort();
  if (names.length === 0) return [];
  const place = names.map((name) => events.get(name)?.place).find((one) => one !== undefined);
  const isExcluded = names.some((name) => base.custom_set.includes(`!${name}`));
  const why = isExcluded
    ? "base_syscalls.custom_set excludes system calls"
    : "set base_syscalls.all=true to also watch frequent system calls";
  const message = `${names.join(", ")} ${names.length === 1 ? "is" : "are"} not watched: ${why}`;
  return [gap("EYAS_NOT_WATCHED", message, rule, place)];
}

interface FieldMention {
  readonly name: string;
  readonly argument: string | undefined;
  /** Position in the condition; undefined for a field in the output. */
  readonly place: Span | undefined;
}

/** The events and fields that a rule names, with their first position. */
interface Mentions {
  /** Events in comparisons that are not negated. */
  readonly events: Map<string, Literal>;
  /** Fields by name and argument, without fields in negated tests. */
  readonly fields: Map<string, FieldMention>;
}

function mentionsIn({ bound, template, definition }: LoadedRule): Mentions {
  const mentions: Mentions = { events: new Map(), fields: new Map() };
  const seen = { plain: new Set<Condition>(), negated: new Set<Condition>() };
  const visit = (node: Condition, negated: boolean): void => {
    const done = negated ? seen.negated : seen.plain;
    if (done.has(node)) return;
    done.add(node);
    if (node.kind === "test") mentionedBy(node, negated, mentions);
    else if (node.kind === "not") visit(node.operand, !negated);
    else if (node.kind !== "macro") for (const operand of node.operands) visit(operand, negated);
  };
  visit(bound.condition.node, false);
  // The template also contains the fields of append_output, which is not part of the rule.
  for (const { name } of template.fields)
    if (definition.output.text.includes(name)) addField(name, undefined, undefined, mentions);
  return mentions;
}

function mentionedBy({ left, operator, right }: Test, negated: boolean, mentions: Mentions): void {
  if (!negated) addFields(left, mentions);
  if (right === undefined) return;
  if (right.kind !== "literal" && right.kind !== "list") {
    if (!negated) addFields(right, mentions);
    return;
  }
  const isNegated = negated !== (operator === "!=");
  if (left.kind !== "field" || !selectors.has(left.name) || isNegated || !["=", "!=", "in"].includes(operator)) return;
  for (const literal of right.kind === "list" ? right.items : [right])
    if (!mentions.events.has(literal.text)) mentions.events.set(literal.text, literal);
}

function addFields(term: Term | TransformOperand, mentions: Mentions): void {
  if (term.kind === "field") addField(term.name, term.argument, term.place, mentions);
  else if (term.kind === "transform") for (const operand of term.operands) addFields(operand, mentions);
  else if (term.kind === "tuple") for (const item of term.items) addFields(item, mentions);
}

const DOTTED = /^(evt\.(?:arg|rawarg|type\.is))\.(.+)$/;

function addField(text: string, inBrackets: string | undefined, place: Span | undefined, { fields }: Mentions): void {
  const [, dotted, afterDot] = DOTTED.exec(text) ?? [];
  const bracket = /^([^[]+)\[(.*)\]$/.exec(text);
  const name = dotted ?? bracket?.[1] ?? text;
  const argument = inBrackets ?? afterDot ?? bracket?.[2];
  const key = `${name}\n${argument ?? ""}`;
  if (!fields.has(key)) fields.set(key, { name, argument, place });
}

/**
 * Returns a gap. Its position is in the condition, or the position of the rule if the gap is in a macro or in the
 * output.
 */
function gap(code: GapCode, message: string, { name, definition }: LoadedRule, place: Span | undefined): Gap {
  const { condition, place: start } = definition;
  const { file, line, column } =
    place !== undefined && place.origin === "" && place.start < condition.text.length
      ? positionOf(condition.place(place.start, start))
      : positionOf(start);
  return { code, message, file, line, column, rule: name };
}

function positionOf(place: LoadedRule["definition"]["place"]): { file: string; line: number; column: number } {
  return { file: place.file.name, ...place.position() };
}

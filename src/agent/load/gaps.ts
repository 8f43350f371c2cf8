import type { Condition, Literal, Span, Term, Test, TransformOperand } from "../../condition/ast.ts";
import type { Config } from "../../config/load.ts";
import { codeOnly, wholeCall } from "../../event/narrowed.ts";
import { ABSENT_CALL, type Architecture, liveCalls, whyNotLive } from "../../event/occurrence.ts";
import { syscallName } from "../../event/syscalls.ts";
import { rolesOf, selectors } from "../../field/roles.ts";
import { SYSCALL } from "../../field/sources.ts";
import type { Diagnostic } from "../../rule/diagnostic.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { selectCalls } from "../../source/syscall/select.ts";

/** Codes of gaps: an event or a field that a rule names never occurs, or its system call is not watched. */
export type GapCode = "EYAS_NO_SUCH_EVENT" | "EYAS_NO_SUCH_VALUE" | "EYAS_NOT_WATCHED";
export type Gap = Diagnostic<GapCode>;

export interface GapOptions {
  readonly architecture: Architecture;
  readonly base: Config["base_syscalls"];
}

/**
 * The parts of rules on system calls that a live sensor never makes true, in the order of the rules. A name in a
 * condition that is negated is none, and neither is a call that only other architectures have, if the rule names
 * others.
 */
export function gapsOf(rules: readonly LoadedRule[], { architecture, base }: GapOptions): Gap[] {
  const own = rules.filter(({ source }) => source === SYSCALL);
  const there = liveCalls(architecture);
  const unwatched = unwatchedCalls(own, base);
  return own.flatMap((rule) => {
    const mentions = mentionsIn(rule);
    return [
      ...eventGaps(rule, mentions, there, architecture),
      ...valueGaps(rule, mentions),
      ...unwatchedGap(rule, mentions, unwatched, there),
    ];
  });
}

/** The architecture of this machine. */
export function ownArchitecture(): Architecture {
  return process.arch === "arm64" ? "arm64" : "x64";
}

/** A rule that matches every event names none. */
function namesCalls({ bound }: LoadedRule): boolean {
  return bound.calls().size <= syscallName.length / 2;
}

/** Calls that rules name and that the configuration excludes. */
function unwatchedCalls(
  rules: readonly LoadedRule[],
  { custom_set: customSet, repair, all }: GapOptions["base"],
): ReadonlySet<number> {
  const needed = new Set(rules.filter(namesCalls).flatMap(({ bound }) => [...bound.calls()]));
  return new Set(selectCalls(needed, { customSet, repair, all }).unwatched);
}

function eventGaps(rule: LoadedRule, { events }: Mentions, there: ReadonlySet<number>, architecture: string): Gap[] {
  const missing = [...events.values()].flatMap((literal) => {
    const why = whyNotLive(literal.text, there);
    return why === undefined ? [] : [{ literal, why }];
  });
  const [first] = missing;
  if (first === undefined) return [];
  const canMatch = [...rule.bound.calls()].some((id) => there.has(wholeCall(id)));
  const reason = (why: string): string => (why === ABSENT_CALL ? `there is no such call on ${architecture}` : why);
  if (canMatch)
    return missing
      .filter(({ why }) => why !== ABSENT_CALL)
      .map(({ literal, why }) =>
        gap(
          "EYAS_NO_SUCH_EVENT",
          `No ${literal.text} event occurs here: ${why}. Other events of the rule do`,
          rule,
          literal.place,
        ),
      );
  const reasons = missing.map(({ literal, why }) => `${literal.text}: ${reason(why)}`).join("; ");
  return [
    gap(
      "EYAS_NO_SUCH_EVENT",
      `The rule cannot match, because its events do not occur here: ${reasons}`,
      rule,
      first.literal.place,
    ),
  ];
}

function valueGaps(rule: LoadedRule, { fields }: Mentions): Gap[] {
  return [...fields].flatMap(([name, place]) => {
    const { fixed } = rolesOf(name);
    return fixed === undefined ? [] : [gap("EYAS_NO_SUCH_VALUE", `Field ${name} ${fixed}`, rule, place)];
  });
}

function unwatchedGap(
  rule: LoadedRule,
  { events }: Mentions,
  unwatched: ReadonlySet<number>,
  there: ReadonlySet<number>,
): Gap[] {
  if (unwatched.size === 0 || !namesCalls(rule)) return [];
  const calls = rule.bound.calls();
  const names = [...unwatched]
    .filter((id) => there.has(id) && (calls.has(id) || calls.has(codeOnly(id))))
    .map((id) => syscallName[id] ?? String(id));
  if (names.length === 0) return [];
  const place = names.map((name) => events.get(name)?.place).find((one) => one !== undefined);
  const message = `${names.sort().join(", ")} ${names.length === 1 ? "is" : "are"} not watched: base_syscalls.all=true watches frequent calls too`;
  return [gap("EYAS_NOT_WATCHED", message, rule, place)];
}

/** The names of events and fields in a rule, with their first position. */
interface Mentions {
  /** Events that are compared with, not negated. */
  readonly events: Map<string, Literal>;
  readonly fields: Map<string, Span | undefined>;
}

function mentionsIn({ bound, template }: LoadedRule): Mentions {
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
  for (const { name } of template.fields) addField(name.replace(/\[.*/, ""), undefined, mentions);
  return mentions;
}

function mentionedBy({ left, operator, right }: Test, negated: boolean, mentions: Mentions): void {
  addFields(left, mentions);
  if (right === undefined) return;
  if (right.kind !== "literal" && right.kind !== "list") {
    addFields(right, mentions);
    return;
  }
  const isNegated = negated !== (operator === "!=");
  if (left.kind !== "field" || !selectors.has(left.name) || isNegated || !["=", "!=", "in"].includes(operator)) return;
  for (const literal of right.kind === "list" ? right.items : [right])
    if (!mentions.events.has(literal.text)) mentions.events.set(literal.text, literal);
}

function addFields(term: Term | TransformOperand, mentions: Mentions): void {
  if (term.kind === "field") addField(term.name, term.place, mentions);
  else if (term.kind === "transform") for (const operand of term.operands) addFields(operand, mentions);
  else if (term.kind === "tuple") for (const item of term.items) addFields(item, mentions);
}

function addField(name: string, place: Span | undefined, { fields }: Mentions): void {
  if (!fields.has(name)) fields.set(name, place);
}

/** A gap at its place in the condition, or at the rule if it is in a macro or in the output. */
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

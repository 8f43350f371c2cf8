import type { Condition } from "../condition/ast.ts";
import { bind, type Vocabulary } from "../condition/bind.ts";
import type { Bound } from "../condition/bound.ts";
import { ConditionError } from "../condition/error.ts";
import { type EventNames, eventCodes } from "../condition/event-codes.ts";
import { parse } from "../condition/parse.ts";
import { EVENT_TYPES, EventCode } from "../event/code.ts";
import { codeCalls, dnsCalls, dnsOnly, partsOf } from "../event/narrowed.ts";
import { syscallId, syscallName } from "../event/syscalls.ts";
import { asyncNames, codesByName, eventTypes, isGeneric } from "../event/types.ts";
import { FieldArgumentError, type Printing } from "../field/field.ts";
import type { Language } from "./compile.ts";
import { parseOutput, type Template } from "./output.ts";

/** A compiled condition on system call events or documents. */
export interface EventCondition {
  readonly condition: Bound;
  /** Event types that the condition can match. */
  readonly codes: ReadonlySet<number>;
  /** IDs of the system calls that a live source must report for the condition; empty for documents. */
  calls(): ReadonlySet<number>;
}

const NONE: readonly number[] = [];
const GENERIC: readonly number[] = [EventCode.GENERIC_E, EventCode.GENERIC_X];

/**
 * Event types by name in `evt.type`: the types with this name, or the generic types for calls without a separate type.
 */
const eventNames: EventNames = {
  all: new Set(Array.from({ length: EVENT_TYPES }, (_, code) => code)),
  codesOf: (name) => asyncNames.get(name) ?? codesByName.get(name) ?? (syscallId.has(name) ? GENERIC : NONE),
  codesWith: (field) => (field.startsWith(DNS_FIELDS) ? dnsCodes : undefined),
};

/** Prefix of DNS message fields, which only a few events have. */
const DNS_FIELDS = "dns.";
const dnsCallSet: ReadonlySet<number> = new Set(dnsCalls);
const dnsCodes: ReadonlySet<number> = new Set(
  eventTypes.flatMap(({ enter, syscalls }, code) =>
    !enter && syscalls.some((id) => dnsCallSet.has(id)) ? [code] : [],
  ),
);
const dnsCallsOnly: ReadonlySet<number> = new Set(dnsCalls.map(dnsOnly));

const allCalls: ReadonlySet<number> = new Set([...syscallId.values()].flatMap((id) => [id, ...partsOf(id)]));
const withoutAnyCode: ReadonlySet<number> = new Set([...allCalls].filter((id) => !codeCalls.includes(id)));

/**
 * System call IDs by name in `evt.type`: the calls with events of this name, and the call with this name. Rules about
 * code in memory require only some of the events of frequent calls.
 */
const callNames: EventNames = {
  all: allCalls,
  codesOf: (name) => {
    const ids = (codesByName.get(name) ?? NONE).flatMap((code) => eventTypes[code]?.syscalls ?? []);
    const own = syscallId.get(name);
    const calls = own === undefined ? ids : [...ids, own];
    return calls.flatMap((id) => [id, ...partsOf(id)]);
  },
  codesWith: (field) => {
    if (field.startsWith(DNS_FIELDS)) return dnsCallsOnly;
    return field === "code.origin" ? withoutAnyCode : undefined;
  },
};

/** Sorted names of the events that a condition without macros can match. */
export function eventNamesOf(condition: Condition): string[] {
  const codes = [...eventCodes(condition, eventNames), EventCode.ASYNCEVENT_E];
  const named = codes.filter((code) => !isGeneric(code)).flatMap((code) => eventTypes[code]?.name ?? []);
  const called = [...eventCodes(condition, callNames)].flatMap((id) => syscallName[id] ?? []);
  return [...new Set([...named, ...called])].sort();
}

/** The language of system call events: fields, events, outputs. */
export function eventLanguage(vocabulary: Vocabulary, printing: Printing): Language<EventCondition, Template> {
  return {
    bind(condition, _, shared) {
      const bound = bind(condition, vocabulary, shared);
      const codes = eventCodes(condition, eventNames, shared);
      const calls = (): ReadonlySet<number> => eventCodes(condition, callNames);
      return { bound: { condition: bound.condition, codes, calls }, remarks: bound.remarks, eventTypes: codes.size };
    },
    template: (output) => parseOutput(output, vocabulary, printing),
  };
}

/** Whether a term is a field, or transformers applied to fields. */
export function isLeftSide(text: string, vocabulary: Vocabulary): boolean {
  try {
    if (!text.includes("(")) return vocabulary.lookup(text) !== undefined;
    bind(parse(`${text} exists`), vocabulary);
    return true;
  } catch (error) {
    if (error instanceof ConditionError || error instanceof FieldArgumentError) return false;
    throw error;
  }
}

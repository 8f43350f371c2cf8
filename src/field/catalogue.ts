import { syscallId } from "../event/syscalls.ts";
import { asyncNames, codesByName } from "../event/types.ts";
import { containerFields } from "./container.ts";
import { eventFields, generalFields } from "./evt.ts";
import { argumentFields } from "./evt-arg.ts";
import { fdFields } from "./fd.ts";
import { listFields } from "./fdlist.ts";
import type { Field } from "./field.ts";
import { pathFields } from "./fs-path.ts";
import { groupFields } from "./group.ts";
import { k8sFields } from "./k8s.ts";
import { processFields } from "./proc.ts";
import type { Roles } from "./role.ts";
import { staticFields } from "./static.ts";
import { threadFields } from "./thread.ts";
import { userFields } from "./user.ts";

/** A class of fields. */
export interface FieldClass {
  readonly name: string;
  readonly description: string;
  /** Default roles of fields in the class. */
  readonly roles?: Pick<Roles, "changes" | "needs" | "unsafeNa">;
  readonly fields: readonly Field[];
}

/** Role of fields about the event or the thread, whose values may differ in the next alert. */
export const CHANGES_OFTEN = { changes: "often" } as const;

/** The classes of fields for system call events that are always loaded, including fields kept for old rules. */
export const fieldClasses: readonly FieldClass[] = [
  { name: "evt", description: "General: time, source, number", roles: CHANGES_OFTEN, fields: generalFields },
  {
    name: "evt",
    description: "System calls",
    roles: CHANGES_OFTEN,
    fields: [...eventFields, ...argumentFields],
  },
  { name: "process", description: "Process", fields: processFields },
  { name: "thread", description: "Thread", roles: CHANGES_OFTEN, fields: threadFields },
  { name: "user", description: "User", fields: userFields },
  { name: "group", description: "Group", fields: groupFields },
  {
    name: "container",
    description: "Container",
    roles: { needs: "container" },
    fields: containerFields,
  },
  { name: "k8s", description: "Pod", roles: { needs: "sandbox" }, fields: k8sFields },
  { name: "fd", description: "File descriptor of the call: file, socket, or other", fields: fdFields },
  { name: "fs.path", description: "Paths of the call", fields: pathFields },
  { name: "fdlist", description: "Descriptors of poll", fields: listFields },
];

type Index = ReadonlyMap<string, Field>;

function indexOf(classes: readonly FieldClass[]): Index {
  return new Map(classes.flatMap(({ fields }) => fields).map((field) => [field.name, field]));
}

const byName = indexOf(fieldClasses);

/** The fields of {@link fieldClasses} that are neither hidden nor deprecated. */
export function listedFields(): readonly Field[] {
  return listed(byName);
}

function listed(index: Index): readonly Field[] {
  return [...index.values()].filter((field) => field.hidden !== true && field.deprecated === undefined);
}

/** A field with its argument, such as `proc.aname[2]` or `evt.arg.flags`. */
export interface FieldUse {
  readonly field: Field;
  readonly argument: string | undefined;
}

/**
 * Finds a field of system call events.
 * @param text name of the field, with or without an argument: `proc.aname[2]`, `evt.arg.flags`
 * @param argument the argument, if it is already separated from the name
 * @returns undefined if there is no such field, or if the field does not accept the argument. `bind` checks the
 *   value of the argument.
 */
export function findField(text: string, argument?: string): FieldUse | undefined {
  return findIn(byName, text, argument);
}

function findIn(index: Index, text: string, argument?: string): FieldUse | undefined {
  let name = text;
  let inside = argument;
  const bracket = inside === undefined ? text.indexOf("[") : -1;
  if (bracket >= 0) {
    if (!text.endsWith("]")) return undefined;
    name = text.slice(0, bracket);
    inside = text.slice(bracket + 1, -1);
  }
  const field = index.get(name);
  if (field !== undefined) {
    if (inside !== undefined && (field.argument === undefined || field.argument.dot === "only")) return undefined;
    return { field, argument: inside };
  }
  if (inside !== undefined) return undefined;
  for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
    const dotted = index.get(name.slice(0, dot));
    if (dotted?.argument?.dot !== undefined) return { field: dotted, argument: name.slice(dot + 1) };
  }
  return undefined;
}

/** The fields and event names that rules can use. */
export interface RuleVocabulary {
  /** A sentence that suggests a replacement for an unknown field. */
  hint?(field: string): string;
  /** Like {@link findField}, but also finds the static fields of the configuration. */
  lookup(text: string): FieldUse | undefined;
  /** Whether a name is the name of an event or a system call, and therefore a possible value of `evt.type`. */
  isEventName(name: string): boolean;
  /** Names to suggest for misspelled names. */
  readonly names: {
    fields(): Iterable<string>;
    events(): Iterable<string>;
  };
}

/**
 * The vocabulary of rules for system calls.
 * @param statics values of the static fields of the configuration (`static_fields`), by key
 * @param more additional classes of fields, besides {@link fieldClasses}
 */
export function vocabulary(
  statics: Readonly<Record<string, string>> = {},
  more: readonly FieldClass[] = [],
): RuleVocabulary {
  const index = more.length === 0 ? byName : indexOf([...fieldClasses, ...more]);
  return vocabularyOf(index, statics, [codesByName, asyncNames, syscallId]);
}

/** The vocabulary of rules for documents. All documents have the same event type. */
export function documentVocabulary(
  classes: readonly FieldClass[],
  statics: Readonly<Record<string, string>> = {},
): RuleVocabulary {
  return vocabularyOf(indexOf(classes), statics, []);
}

function vocabularyOf(
  index: Index,
  statics: Readonly<Record<string, string>>,
  events: readonly ReadonlyMap<string, unknown>[],
): RuleVocabulary {
  const stated = new Map(staticFields(statics).map((field) => [field.name, field]));
  return {
    lookup(text) {
      const field = stated.get(text);
      return field === undefined ? findIn(index, text) : { field, argument: undefined };
    },
    isEventName: (name) => events.some((names) => names.has(name)),
    names: {
      fields: () => [...listed(index).map(({ name }) => name), ...stated.keys()],
      events: () => events.flatMap((names) => [...names.keys()]),
    },
  };
}

import { syscallId } from "../event/syscalls.ts";
import { codesByName } from "../event/types.ts";
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

/** Fields that belong together. */
export interface FieldClass {
  readonly name: string;
  readonly description: string;
  /** Of all its fields, unless a row says otherwise. */
  readonly roles?: Pick<Roles, "changes" | "needs" | "unsafeNa">;
  readonly fields: readonly Field[];
}

/** Of the event or the thread: it says nothing of the next alert. */
export const CHANGES_OFTEN = { changes: "often" } as const;

/** Every field of system call events, those included that are understood but no longer listed. */
export const fieldClasses: readonly FieldClass[] = [
  { name: "evt", description: "Every event: when, where, which", roles: CHANGES_OFTEN, fields: generalFields },
  {
    name: "evt",
    description: "Events of system calls",
    roles: CHANGES_OFTEN,
    fields: [...eventFields, ...argumentFields],
  },
  { name: "process", description: "The process behind the event", fields: processFields },
  { name: "thread", description: "The thread behind the event", roles: CHANGES_OFTEN, fields: threadFields },
  { name: "user", description: "The user it runs as", fields: userFields },
  { name: "group", description: "The group it runs as", fields: groupFields },
  {
    name: "container",
    description: "The container it runs in",
    roles: { needs: "container" },
    fields: containerFields,
  },
  { name: "k8s", description: "The pod it runs in", roles: { needs: "sandbox" }, fields: k8sFields },
  { name: "fd", description: "The file, socket or other descriptor that the call is about", fields: fdFields },
  { name: "fs.path", description: "The paths that the call is about", fields: pathFields },
  { name: "fdlist", description: "The descriptors that poll waits for", fields: listFields },
];

type Index = ReadonlyMap<string, Field>;

function indexOf(classes: readonly FieldClass[]): Index {
  return new Map(classes.flatMap(({ fields }) => fields).map((field) => [field.name, field]));
}

const byName = indexOf(fieldClasses);

/** The fields to show to people: without those kept for old rules. */
export function listedFields(): readonly Field[] {
  return listed(byName);
}

function listed(index: Index): readonly Field[] {
  return [...index.values()].filter((field) => field.hidden !== true && field.deprecated === undefined);
}

/** One use of a field, as text such as `proc.aname[2]` or `evt.arg.flags` names it. */
export interface FieldUse {
  readonly field: Field;
  readonly argument: string | undefined;
}

/**
 * Finds a field of system call events.
 * @param text its name, with or without an argument: `proc.aname[2]`, `evt.arg.flags`
 * @param argument what stands in the brackets, where that was cut off already
 * @returns undefined where there is no such field, or it takes no argument and has one. Whether the argument is
 * acceptable, `bind` tells.
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

/** What rules can speak of. */
export interface RuleVocabulary {
  /** {@link findField}, which also knows the fields that the configuration states. */
  lookup(text: string): FieldUse | undefined;
  /** True for the names of events and of system calls, which `evt.type` takes. */
  isEventName(name: string): boolean;
  /** The names to suggest for one that is misspelt. */
  readonly names: {
    fields(): Iterable<string>;
    events(): Iterable<string>;
  };
}

/**
 * The words that rules about system calls may use.
 * @param statics the fields that the configuration states (`static_fields`): the value of each key
 * @param more classes of fields beside {@link fieldClasses}
 */
export function vocabulary(
  statics: Readonly<Record<string, string>> = {},
  more: readonly FieldClass[] = [],
): RuleVocabulary {
  const index = more.length === 0 ? byName : indexOf([...fieldClasses, ...more]);
  return vocabularyOf(index, statics, [codesByName, syscallId]);
}

/** The same for rules about events that have these fields, and one type. */
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

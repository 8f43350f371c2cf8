import { type EcsType, type Enrichment, type Roles, type Topic, topics } from "./role.ts";
import { dotted, roles } from "./roles-table.ts";

const entries: readonly (readonly [name: string, roles: Roles])[] = Object.entries(roles);

function having(test: (roles: Roles) => boolean): readonly string[] {
  return entries.filter(([, one]) => test(one)).map(([name]) => name);
}

const NONE: Roles = {};

/**
 * The roles of a field.
 * @param text its name, with or without an argument: `k8s.pod.label[app]`, `container.label.app`
 */
export function rolesOf(text: string): Roles {
  const bracket = text.indexOf("[");
  const name = bracket < 0 ? text : text.slice(0, bracket);
  if (Object.hasOwn(roles, name)) return roles[name]!;
  const prefix = dotted.find((one) => name.startsWith(`${one}.`));
  return prefix !== undefined && Object.hasOwn(roles, prefix) ? roles[prefix]! : NONE;
}

/** The fields of the thing that an alert is about itself, each fact once. */
const isOwn = ({ target, restates }: Roles): boolean => target === undefined && restates === undefined;

/** The fields that hold a thing's name; the first that an alert has counts. */
export function nameFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "name" && isOwn(one));
}

/** The one field that most tell a thing's name by. */
export function mainNameField(topic: Topic): string {
  const [name] = nameFields(topic);
  if (name === undefined) throw new Error(`no field names a ${topic}`);
  return name;
}

/** All of them: those that restate others, and those that name what a request is made to, too. */
export function allNameFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "name");
}

/** The fields that hold the name of the thing that a request is made to. */
export function targetNameFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "name" && one.target === true);
}

/** The fields that hold a thing's id. */
export function idFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "id" && isOwn(one));
}

/** Every field by which things are told from others of their kind: names, ids and traits. */
export function distinguishingFields(...about: readonly Topic[]): readonly string[] {
  return about.flatMap((topic) => having((one) => one.about === topic && one.as !== undefined && isOwn(one)));
}

/** Every field that says what a request is made to. */
export const targetFields: readonly string[] = having(({ target }) => target === true);

/** Those of the fields that belong to a class, such as `cf`. */
export function fieldsOfClass(name: string, fields: readonly string[]): readonly string[] {
  return fields.filter((field) => field.startsWith(`${name}.`));
}

/** What has to be asked so that a field has a value; undefined where the event and the kernel tell it. */
export function enrichmentOf(field: string): Enrichment | undefined {
  return rolesOf(field).needs;
}

const FIELD = /[a-z]\w*(?:\.\w+)+/gi;

/** What the fields need that a text names, such as the output of a rule. */
export function enrichmentsIn(text: string): readonly Enrichment[] {
  return (text.match(FIELD) ?? []).flatMap((field) => enrichmentOf(field) ?? []);
}

const always: ReadonlySet<string> = new Set(having(({ changes }) => changes === "always"));

/** Whether each alert has another value of a field. */
export function changesAlways(field: string): boolean {
  return always.has(field);
}

/** Whether the next alert of the same program may have another value of a field. */
export function changes(field: string): boolean {
  return rolesOf(field).changes !== undefined;
}

/** Short names of fields in queries, without those of columns. */
export const fieldAliases: Readonly<Record<string, string>> = Object.fromEntries(
  entries.flatMap(([name, { column, aliases = [] }]) =>
    column === undefined ? aliases.map((alias) => [alias, name] as const) : [],
  ),
);

/** The fields that the journal holds in columns of their own. */
export const columnFields: ReadonlyMap<string, { readonly field: string; readonly aliases: readonly string[] }> =
  new Map(
    entries.flatMap(([field, { column, aliases = [] }]) =>
      column === undefined ? [] : [[column, { field, aliases }] as const],
    ),
  );

/** The fields that Loki's streams have as labels, by their names. */
export const labelFields: readonly string[] = having(({ label }) => label === true).toSorted();

/** The fields that have columns of their own in exported tables, in their order. */
export const csvFields: readonly string[] = having(({ csv }) => csv !== undefined).toSorted(
  (a, b) => (roles[a]!.csv ?? 0) - (roles[b]!.csv ?? 0),
);

/** The fields to add to outputs where nobody says which. */
export const suggestedFields: readonly string[] = having(({ suggested }) => suggested === true);

/** Fields and their names in the Elastic Common Schema. A name that stands twice is filled by the first field that is there. */
export const ecsFields: readonly (readonly [field: string, ecs: string, type: EcsType])[] = entries.flatMap(
  ([field, { ecs = {} }]) => Object.entries(ecs).map(([name, type]) => [field, name, type] as const),
);

/** The fields of keys of the Common Event Format. */
export const cefFields: ReadonlyMap<string, string> = new Map(
  entries.flatMap(([field, { cef }]) => (cef === undefined ? [] : [[cef, field] as const])),
);

/** The fields that rulesets are indexed by, and of what: the type of the event or its system call. */
export const selectors: ReadonlyMap<string, "event" | "call"> = new Map(
  entries.flatMap(([field, { selects }]) => (selects === undefined ? [] : [[field, selects] as const])),
);

/** Fields that rules should no longer use, and why. */
export const deprecatedFields: ReadonlyMap<string, string> = new Map(
  entries.flatMap(([field, { deprecated }]) => (deprecated === undefined ? [] : [[field, deprecated] as const])),
);

const ORDER = ["name", "id", "trait", undefined] as const;

/** What the page says of where an alert happened, from the machine inwards: labels and fields. */
export const titledFields: readonly (readonly [title: string, field: string])[] = entries
  .filter(([, { title }]) => title !== undefined)
  .toSorted(([, a], [, b]) => placeOf(a.about) - placeOf(b.about) || ORDER.indexOf(a.as) - ORDER.indexOf(b.as))
  .map(([field, { title = "" }]) => [title, field] as const);

function placeOf(topic: Topic | undefined): number {
  return topic === undefined ? topics.length : topics.indexOf(topic);
}

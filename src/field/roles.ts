import { type EcsType, type Enrichment, type Roles, type Topic, topics } from "./role.ts";
import { dotted, roles } from "./roles-table.ts";

const entries: readonly (readonly [name: string, roles: Roles])[] = Object.entries(roles);

function having(test: (roles: Roles) => boolean): readonly string[] {
  return entries.filter(([, one]) => test(one)).map(([name]) => name);
}

const NONE: Roles = {};

/**
 * The roles of a field.
 * @param text name of the field, with or without an argument: `k8s.pod.label[app]`, `container.label.app`
 */
export function rolesOf(text: string): Roles {
  const bracket = text.indexOf("[");
  const name = bracket < 0 ? text : text.slice(0, bracket);
  if (Object.hasOwn(roles, name)) return roles[name]!;
  const prefix = dotted.find((one) => name.startsWith(`${one}.`));
  return prefix !== undefined && Object.hasOwn(roles, prefix) ? roles[prefix]! : NONE;
}

/** Whether a field is about the origin of the alert and does not restate another field. */
const isOwn = ({ target, restates }: Roles): boolean => target === undefined && restates === undefined;

/** Fields with the name of a subject. If an alert has several of them, the first one is used. */
export function nameFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "name" && isOwn(one));
}

/** The first field with the name of a subject. */
export function mainNameField(topic: Topic): string {
  const [name] = nameFields(topic);
  if (name === undefined) throw new Error(`no field names a ${topic}`);
  return name;
}

/** All fields about a subject. */
export function fieldsAbout(topic: Topic): readonly string[] {
  return having(({ about }) => about === topic);
}

/** All fields with the name of a subject, including fields that restate other fields and fields of request targets. */
export function allNameFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "name");
}

/** Fields with the name of a request target. */
export function targetNameFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "name" && one.target === true);
}

/** Fields with the ID of a subject. */
export function idFields(topic: Topic): readonly string[] {
  return having((one) => one.about === topic && one.as === "id" && isOwn(one));
}

/** Fields that identify the subjects: names, IDs and traits. */
export function distinguishingFields(...about: readonly Topic[]): readonly string[] {
  return about.flatMap((topic) => having((one) => one.about === topic && one.as !== undefined && isOwn(one)));
}

/** Fields about the target of a request. */
export const targetFields: readonly string[] = having(({ target }) => target === true);

/** The fields of a class, such as `cf`. */
export function fieldsOfClass(name: string, fields: readonly string[]): readonly string[] {
  return fields.filter((field) => field.startsWith(`${name}.`));
}

/** The enrichment that a field needs; undefined if its value is from the event or the kernel. */
export function enrichmentOf(field: string): Enrichment | undefined {
  return rolesOf(field).needs;
}

const FIELD = /[a-z]\w*(?:\.\w+)+/gi;

/** The enrichments that are needed by the fields in a string, such as the output of a rule. */
export function enrichmentsIn(text: string): readonly Enrichment[] {
  return (text.match(FIELD) ?? []).flatMap((field) => enrichmentOf(field) ?? []);
}

const always: ReadonlySet<string> = new Set(having(({ changes }) => changes === "always"));

/** Whether a field differs in each alert. */
export function changesAlways(field: string): boolean {
  return always.has(field);
}

/** Whether a field may differ in the next alert of the same program. */
export function changes(field: string): boolean {
  return rolesOf(field).changes !== undefined;
}

/** Aliases of fields in queries, except aliases of columns. */
export const fieldAliases: Readonly<Record<string, string>> = Object.fromEntries(
  entries.flatMap(([name, { column, aliases = [] }]) =>
    column === undefined ? aliases.map((alias) => [alias, name] as const) : [],
  ),
);

/** Fields that have their own column in the journal. */
export const columnFields: ReadonlyMap<string, { readonly field: string; readonly aliases: readonly string[] }> =
  new Map(
    entries.flatMap(([field, { column, aliases = [] }]) =>
      column === undefined ? [] : [[column, { field, aliases }] as const],
    ),
  );

/** Labels of Loki streams. */
export const labelFields: readonly string[] = having(({ label }) => label === true).toSorted();

/** Fields that have their own column in exported tables, in order. */
export const csvFields: readonly string[] = having(({ csv }) => csv !== undefined).toSorted(
  (a, b) => (roles[a]!.csv ?? 0) - (roles[b]!.csv ?? 0),
);

/** Default fields for `suggested_output`. */
export const suggestedFields: readonly string[] = having(({ suggested }) => suggested === true);

/** Fields that an alert includes, if the fields have a value, when alerts are joined with Kubernetes audit events. */
export const joinedFields: readonly string[] = having(({ joined }) => joined === true);

/**
 * Fields with their names in the Elastic Common Schema. If several fields have the same name, the first one with a
 * value is used.
 */
export const ecsFields: readonly (readonly [field: string, ecs: string, type: EcsType])[] = entries.flatMap(
  ([field, { ecs = {} }]) => Object.entries(ecs).map(([name, type]) => [field, name, type] as const),
);

/** Fields by key of the Common Event Format. */
export const cefFields: ReadonlyMap<string, string> = new Map(
  entries.flatMap(([field, { cef }]) => (cef === undefined ? [] : [[cef, field] as const])),
);

/** Fields by which rulesets are indexed: by the type of the event or by the system call. */
export const selectors: ReadonlyMap<string, "event" | "call"> = new Map(
  entries.flatMap(([field, { selects }]) => (selects === undefined ? [] : [[field, selects] as const])),
);

/** Deprecated fields, with the reason. */
export const deprecatedFields: ReadonlyMap<string, string> = new Map(
  entries.flatMap(([field, { deprecated }]) => (deprecated === undefined ? [] : [[field, deprecated] as const])),
);

const ORDER = ["name", "id", "trait", undefined] as const;

/** Labels and fields for the panel about the origin of an alert, beginning with the cluster. */
export const titledFields: readonly (readonly [title: string, field: string])[] = entries
  .filter(([, { title }]) => title !== undefined)
  .toSorted(([, a], [, b]) => placeOf(a.about) - placeOf(b.about) || ORDER.indexOf(a.as) - ORDER.indexOf(b.as))
  .map(([field, { title = "" }]) => [title, field] as const);

function placeOf(topic: Topic | undefined): number {
  return topic === undefined ? topics.length : topics.indexOf(topic);
}

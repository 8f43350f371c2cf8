import { changes, idFields, nameFields, targetNameFields } from "../field/roles.ts";
import type { AlertQuery } from "../query/ast.ts";
import type { LoadedRule } from "./agent-view.ts";
import { badRequest } from "./api-error.ts";
import { type General, generalValue, isConnection } from "./general-value.ts";
import { comparison } from "./store/group-query.ts";
import type { FieldValue, StoredAlert } from "./store/store.ts";

/**
 * A proposed exception that suppresses alerts that are similar to a given alert. Parts of values that differ between
 * alerts, such as process IDs in paths, are compared as patterns.
 */
export interface Proposal {
  readonly yaml: string;
  readonly rule: string;
  /** The compared fields. */
  readonly fields: readonly string[];
  /** Fields to offer for comparison. Fields that vary between alerts or that rules do not have are omitted. */
  readonly choices: readonly string[];
  /** The exception that is proposed without a choice, and more general ones, which compare fewer fields. */
  readonly alternatives: readonly Alternative[];
  /** Selects the alerts that the exception would have suppressed. */
  readonly condition: AlertQuery;
  /** The same condition as text. */
  readonly query: string;
}

/** An exception that the user can choose instead. */
interface Alternative {
  readonly fields: readonly string[];
  /** Selects the alerts that the exception would have suppressed. */
  readonly query: string;
}

/**
 * Groups of fields for an exception: actor, object, application and namespace. The first field of each group that the
 * alert has is compared. Fields that vary between alerts, such as process IDs and times, are excluded.
 */
const GROUPS: readonly (readonly string[])[] = [
  [...nameFields("program"), ...nameFields("process"), ...nameFields("requester"), ...idFields("signature")],
  [
    ...[...nameFields("file"), ...nameFields("path"), ...targetNameFields("object")],
    ...[...idFields("server"), ...idFields("peer")],
  ],
  [...nameFields("image"), ...nameFields("app")],
  [...nameFields("namespace"), ...targetNameFields("namespace")],
];

/**
 * Proposes an exception from an alert.
 * @param chosen the fields to compare; undefined selects the first field of each group
 * @throws ApiError if a field cannot be compared, or no field is left
 */
export function proposeException(
  alert: StoredAlert,
  rule: LoadedRule | undefined,
  chosen: readonly string[] | undefined,
): Proposal {
  const usable = Object.keys(alert.fields).filter(
    (name) => comparable(alert, name) !== undefined && !changes(name) && !isAdded(name),
  );
  const proposed = usable.filter((name) => !isConnection(comparable(alert, name) ?? ""));
  const usual = GROUPS.flatMap((group) => group.find((name) => proposed.includes(name)) ?? []);
  const fields = chosen ?? usual;
  const wrong = fields.find((name) => comparable(alert, name) === undefined);
  if (wrong !== undefined)
    throw badRequest(`The alert has no field "${wrong.slice(0, 60)}", or an exception cannot compare the field.`);
  if (fields.length === 0) throw badRequest("No field identifies this alert; select fields.", "no_fields");
  const compare = (name: string): Comparison => ({ name, ...generalValue(comparable(alert, name) ?? "") });
  const compared = fields.map(compare);
  return {
    yaml: yamlOf(alert.rule, rule, compared),
    rule: alert.rule,
    fields,
    choices: usable,
    // A general exception compares the first fields: the program, and the object.
    alternatives: usual
      .map((_, i) => usual.slice(0, usual.length - i))
      .map((some) => ({ fields: some, query: queryOf(alert.rule, some.map(compare)) })),
    query: queryOf(alert.rule, compared),
    condition: {
      kind: "and",
      parts: [
        { kind: "test", name: "rule", operator: "=", values: [alert.rule] },
        ...compared.map(({ name, operator, value }) => ({ kind: "test" as const, name, operator, values: [value] })),
      ],
    },
  };
}

/** Whether a field is added to alerts and is not available in rules. */
function isAdded(name: string): boolean {
  return name === "uuid" || name.startsWith("eyas.");
}

/** Maximum size of values in comparisons of rules, in bytes. */
const MAX_BYTES = 255;

/** A value in the notation of rules; undefined if the field is missing or the value cannot be written in a rule. */
function comparable({ fields }: StoredAlert, name: string): string | undefined {
  const value: FieldValue | undefined = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || value === "" || value === "<NA>") return undefined;
  if (new TextEncoder().encode(value).length > MAX_BYTES) return undefined;
  // In rules, a quote after a backslash does not end a string.
  if (value.endsWith("\\")) return undefined;
  // U+FFFD replaces invalid bytes, which a rule cannot match.
  return /[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/u.test(value) ? undefined : value;
}

/** A comparison of an exception. */
interface Comparison extends General {
  readonly name: string;
}

function queryOf(rule: string, compared: readonly Comparison[]): string {
  const parts = compared.map(({ name, operator, value }) => comparison(name, value, operator));
  return [comparison("rule", rule), ...parts].join(" and ");
}

function yamlOf(name: string, rule: LoadedRule | undefined, compared: readonly Comparison[]): string {
  const same = rule?.exceptions.find(
    (one) =>
      one.fields.length === compared.length &&
      compared.every(({ name: field, operator }, i) => {
        const comp = one.comps[i] === "==" ? "=" : one.comps[i];
        return field === one.fields[i] && operator === comp;
      }),
  );
  const head = same === undefined ? newException(rule, compared) : [`    - name: ${scalar(same.name)}`];
  const lines = [
    `- rule: ${scalar(name)}`,
    "  exceptions:",
    ...head,
    "      values:",
    `        - [${compared.map(({ value }) => scalar(literal(value))).join(", ")}]`,
    "  override:",
    "    exceptions: append",
  ];
  return `${lines.join("\n")}\n`;
}

function newException(rule: LoadedRule | undefined, compared: readonly Comparison[]): string[] {
  const fields = compared.map(({ name }) => name);
  const known = new Set(rule?.exceptions.map((one) => one.name));
  const stem = `as_seen_${fields.map((field) => field.replace(/[^a-z0-9]+/gi, "_").replace(/_$/, "")).join("_and_")}`;
  let name = stem;
  for (let i = 2; known.has(name); i++) name = `${stem}_${i}`;
  return [
    `    - name: ${name}`,
    `      fields: [${fields.map(scalar).join(", ")}]`,
    `      comps: [${compared.map(({ operator }) => (operator === "=" ? '"="' : operator)).join(", ")}]`,
  ];
}

/** A value in the condition language, quoted if necessary. */
function literal(value: string): string {
  return /^[\w./:@+-]+$/.test(value) ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** A string as a YAML scalar, quoted if YAML would read it as another type. */
function scalar(text: string): string {
  const plain =
    /^[A-Za-z/][\w./ @+-]*$/.test(text) &&
    !text.endsWith(" ") &&
    !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

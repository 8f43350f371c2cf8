import { cut, eventJson, type Facts, type Field, fieldsJson, valueText } from "../../facts.ts";
import { ECS_VERSION, ecsDocument } from "./ecs.ts";
import { searchKeys } from "./search-keys.ts";

/** Keys that determine the form and the index of documents. */
export interface DocumentKeys {
  readonly layout: "ecs" | "falcosidekick";
  readonly datastream: string;
  readonly index: string;
  readonly suffix: "daily" | "monthly" | "annually" | "none";
  readonly createindextemplate: boolean;
  /** With layout `falcosidekick`: whether to replace dots in field names with underscores. */
  readonly flattenfields: boolean;
}

/** The two lines of a document in the bulk API (action and source), and its index. */
interface Lines {
  readonly index: string;
  readonly text: string;
}

/**
 * Forms of a document, in order of preference. If the server rejects the content of a document, the next form is tried.
 * Every alert fits at least one form, regardless of the mapping of the index.
 * - `whole`: the whole document, in the index of the alert's day.
 * - `late`: unchanged, but in the index of the current day, in case the index of the alert's day is closed.
 * - `plain`: only fields that no mapping rejects, and the whole alert as unindexed text.
 * - `bare`: without fields and with truncated text, for indexes that accept no new fields and servers that accept no
 *   large documents.
 */
export const forms = ["whole", "late", "plain", "bare"] as const;
export type Form = (typeof forms)[number];

/**
 * Maximum length of a value in `plain`, and of a string in `bare`, in characters. Well below the 32,766-byte limit of a
 * term.
 */
const LONGEST_VALUE = 2000;
const LONGEST_NAME = 512;
/** Maximum number of fields in `plain`. With layout `ecs`, the search keys under `eyas` include the other fields. */
const MOST_FIELDS = 200;

/** @param today the current time, for the index of all forms except `whole` */
export function linesOf(facts: Facts, form: Form, keys: DocumentKeys, today: string): Lines {
  const index = form === "whole" ? indexOf(facts.isoTime, keys) : indexOf(today, keys);
  const action = JSON.stringify({ create: { _index: index, _id: facts.key } });
  const document = keys.layout === "ecs" ? ecsForm(facts, form) : sidekickForm(facts, form, keys);
  // The bulk API ends a document at a line feed. Line feeds occur only between JSON members.
  return { index, text: `${action}\n${document.replaceAll("\n", " ")}\n` };
}

const dateLength = { daily: 10, monthly: 7, annually: 4, none: 0 } as const;

/** The index for a time; with layout `ecs`, always the data stream. */
export function indexOf(isoTime: string, { layout, datastream, index, suffix }: DocumentKeys): string {
  if (layout === "ecs") return datastream;
  const date = isoTime.slice(0, dateLength[suffix]).replaceAll("-", ".");
  return date === "" ? index : `${index}-${date}`;
}

function ecsForm(facts: Facts, form: Form): string {
  if (form === "whole" || form === "late") return ecsDocument({ ...facts, fields: facts.fields.map(readable) });
  const { alert, id, hostname, isoTime } = facts;
  const short = form === "bare" ? withShortTexts(facts) : facts;
  const around = JSON.stringify({
    "@timestamp": isoTime,
    ecs: { version: ECS_VERSION },
    message: short.alert.message,
    tags: alert.tags,
    event: {
      id,
      kind: "alert",
      module: "falco",
      dataset: "falco.alerts",
      provider: alert.source,
      ...(form === "plain" && { original: eventJson(facts) }),
    },
    log: { level: alert.priority.toLowerCase() },
    rule: { name: alert.rule },
    ...(hostname !== "" && { host: { name: hostname, hostname } }),
    eyas: searchKeys(short),
  });
  return `${around.slice(0, -1)},"falco":${eventJson(short, fieldsJson(plain(short)))}}`;
}

function sidekickForm(facts: Facts, form: Form, { flattenfields, createindextemplate }: DocumentKeys): string {
  const flat = flattenfields || createindextemplate;
  const rename = (name: string): string => (flat ? name.replaceAll(".", "_") : name);
  const time = `"@timestamp":${JSON.stringify(facts.isoTime)}`;
  if (form === "whole" || form === "late") {
    const fields = fieldsJson({ ...facts, fields: facts.fields.map(readable) }, rename);
    return `${eventJson(facts, fields).slice(0, -1)},${time}}`;
  }
  const short = form === "bare" ? withShortTexts(facts) : facts;
  const original = form === "plain" ? `,"original":${JSON.stringify(eventJson(facts))}` : "";
  return `${eventJson(short, "{}").slice(0, -1)},${time}${original}}`;
}

function plain(facts: Facts): Facts {
  const fields = facts.fields
    .slice(0, MOST_FIELDS)
    .map((field) => ({ name: cut(field.name, LONGEST_NAME), json: plainJson(field) }));
  return { ...facts, fields };
}

/** Keeps booleans and short numbers; converts other values to strings, truncated if necessary. */
function plainJson(field: Field): string {
  if (/^(-?\d{1,15}(\.\d{1,9})?|true|false)$/.test(field.json)) return field.json;
  return JSON.stringify(cut(valueText(field), LONGEST_VALUE).toWellFormed());
}

function withShortTexts(facts: Facts): Facts {
  const { message, text } = facts.alert;
  const alert = { ...facts.alert, message: cut(message, LONGEST_VALUE), text: cut(text, LONGEST_VALUE) };
  return { ...facts, alert, fields: [] };
}

/** Limits on nesting and digits, below the limits of parsers (1,000 each). */
const DEEPEST = 50;
const LONGEST_NUMBER = 300;
/** Maximum length of a member name, in bytes or characters. Below the limit of parsers (50,000). */
const LONGEST_MEMBER = 5000;
/** Maximum number of list and object members in a value. */
const MOST_MEMBERS = 1000;

/** Truncates a long name. If servers cannot parse the value, its JSON text becomes a string. */
export function readable({ name, json }: Field): Field {
  const short = name.length > LONGEST_NAME ? cut(name, LONGEST_NAME) : name;
  return { name: short, json: json.startsWith('"') || isReadable(json) ? json : JSON.stringify(json) };
}

function isReadable(json: string): boolean {
  let depth = 0;
  let members = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\],]|[^"{}[\],:\s]+/g)) {
    const [first] = token;
    if (first === "{" || first === "[") depth++;
    else if (first === "}" || first === "]") depth--;
    else if (first === ",") members++;
    else if (first !== '"' ? token.length > LONGEST_NUMBER : token.endsWith(":") && token.length > LONGEST_MEMBER)
      return false;
    if (depth > DEEPEST || members > MOST_MEMBERS) return false;
  }
  return true;
}

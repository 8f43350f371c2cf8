import type { AlertRecord } from "../../../alert/record.ts";
import type { ActionRequest } from "../../action.ts";

/** A CloudEvent (specification 1.0.2) for an alert. The data is JSON text. */
export interface CloudEvent {
  readonly attributes: ReadonlyMap<string, string>;
  readonly data: string;
}

/** Reserved attribute names. */
const reserved: ReadonlySet<string> = new Set([
  "data",
  "data_base64",
  "datacontenttype",
  "dataschema",
  "id",
  "source",
  "specversion",
  "subject",
  "time",
  "type",
]);

/**
 * Whether a name is valid for an extension attribute: not reserved, and at most 20 lower-case letters and digits, as
 * the specification recommends.
 */
export function isExtensionName(name: string): boolean {
  return /^[a-z0-9]{1,20}$/.test(name) && !reserved.has(name);
}

export interface EventWords {
  readonly source: string;
  readonly type: string;
  readonly extensions: Readonly<Record<string, string>>;
  /** Alert fields by the name of the extension attribute that contains them. */
  readonly fields: Readonly<Record<string, string>>;
}

export function cloudEventOf({ alert }: Pick<ActionRequest, "alert">, words: EventWords): CloudEvent {
  const attributes = new Map<string, string>();
  const add = (name: string, text: string): void => {
    const clean = stringOf(text);
    if (clean !== "") attributes.set(name, clean);
  };
  for (const [name, text] of Object.entries(words.extensions)) add(name, text);
  for (const [name, field] of Object.entries(words.fields)) {
    const value = alert.fields.get(field);
    if (value !== undefined && value !== null) add(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  add("priority", alert.priority);
  add("rule", alert.rule);
  add("eventsource", alert.source);
  add("hostname", alert.hostname);
  attributes.set("specversion", "1.0");
  attributes.set("id", alert.id);
  add("source", words.source);
  add("type", words.type);
  attributes.set("time", timeOf(alert));
  return { attributes, data: alert.json };
}

/** Characters that are not allowed in attribute strings: control characters, surrogates, noncharacters. */
const UNUSABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;
/** Maximum length of an attribute, in characters. Receivers limit the total size of headers, often to 8 kB. */
const MAX_ATTRIBUTE = 512;

function stringOf(text: string): string {
  return text.slice(0, MAX_ATTRIBUTE).toWellFormed().replaceAll(UNUSABLE, "\u{fffd}");
}

/** Formats a time in nanoseconds as in RFC 3339. */
function timeOf({ time }: AlertRecord): string {
  const seconds = time / 1_000_000_000n;
  const clock = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${clock}.${String(time - seconds * 1_000_000_000n).padStart(9, "0")}Z`;
}

/** A CloudEvent as an HTTP message. */
export interface HttpForm {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Binary content mode: attributes as headers, data as the body. */
export function binaryForm({ attributes, data }: CloudEvent): HttpForm {
  const headers = [...attributes].map(([name, text]) => [`ce-${name}`, headerOf(text)] as const);
  return { headers: { ...Object.fromEntries(headers), "content-type": "application/json" }, body: data };
}

/** Structured content mode: attributes and data in one JSON object. */
export function structuredForm({ attributes, data }: CloudEvent): HttpForm {
  const members = [...attributes, ["datacontenttype", "application/json"] as const].map(
    ([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`,
  );
  return {
    headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
    body: `{${members.join(",")},"data":${data}}`,
  };
}

/** Percent-encodes space, double quote, percent sign, and all characters that are not printable ASCII. */
function headerOf(text: string): string {
  return text.replaceAll(/[^\x21\x23\x24\x26-\x7e]+/g, (part) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

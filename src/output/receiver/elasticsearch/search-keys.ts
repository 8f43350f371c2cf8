import { hash } from "node:crypto";
import { changesAlways, nameFields } from "../../../field/roles.ts";
import { wordsIn } from "../../../query/words.ts";
import { type Facts, type Field, valueText } from "../../facts.ts";

/**
 * Search keys of documents beyond the Elastic Common Schema, which the web page queries. All fields of an alert are one
 * keyword field, so that no rule can exhaust the mapping, and Elasticsearch and OpenSearch behave alike.
 */
export interface SearchKeys {
  /** `proc.name=bash`; one per member of a list. */
  readonly fields: readonly string[];
  /** Names of the fields with a value. */
  readonly names: readonly string[];
  /**
   * Names of fields whose value is not complete in `fields`: lists, objects, long values; {@link ODD_WORDS} if `words`
   * is not complete.
   */
  readonly odd: readonly string[];
  /** Distinct words of the rule's name, the message and the values, in lower case. */
  readonly words: readonly string[];
  /** Subject and rule of the alert, or their hash; equal for repetitions. */
  readonly group: string;
}

/** Maximum UTF-16 units of a key: up to four bytes each in UTF-8, and a term has at most 32766 bytes. */
export const LONGEST_KEY = 8191;
export const ODD_WORDS = "*";
const MOST_WORDS = 4000;
const LONGEST_WORD = 512;

/** Fields of an alert's subject, by preference. Outside of containers, container fields identify nothing. */
export const aboutFields: readonly string[] = [
  ...nameFields("app"),
  ...nameFields("task"),
  ...nameFields("container"),
  ...nameFields("process"),
];

export function searchKeys(facts: Facts): SearchKeys {
  const { alert, fields } = facts;
  const keys = new Set<string>();
  const names: string[] = [];
  const odd = new Set<string>();
  const words = new Set([...wordsIn(alert.rule), ...wordsIn(alert.message)]);
  for (const field of fields) {
    const { name } = field;
    const members = membersOf(field);
    if (members === undefined || members.length > 0) names.push(name);
    if (members !== undefined || field.json.startsWith("{")) odd.add(name);
    for (const value of members ?? [valueText(field)]) {
      const key = `${name}=${value}`;
      if (key.length > LONGEST_KEY) odd.add(name);
      else keys.add(key);
      if (!changesAlways(name)) for (const word of wordsIn(value)) words.add(word);
    }
  }
  const kept = [...words].filter((word) => word.length <= LONGEST_WORD).slice(0, MOST_WORDS);
  if (kept.length < words.size) odd.add(ODD_WORDS);
  return { fields: [...keys], names, odd: [...odd], words: kept, group: groupOf(facts) };
}

function membersOf({ json }: Field): string[] | undefined {
  if (!json.startsWith("[")) return undefined;
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.map((each) => (typeof each === "string" ? each : JSON.stringify(each))) : [];
}

function groupOf({ alert, fields }: Facts): string {
  const group = `${aboutIn(fields) ?? ""}\n${alert.rule}`;
  return group.length > LONGEST_KEY ? hash("sha256", group) : group;
}

function aboutIn(fields: readonly Field[]): string | undefined {
  for (const name of aboutFields) {
    const field = fields.find((one) => one.name === name);
    const value = field === undefined ? "host" : valueText(field);
    if (field !== undefined && (name !== "container.name" || value !== "host")) return `${name}=${value}`;
  }
  return undefined;
}

import { hash } from "node:crypto";
import { changesAlways, nameFields } from "../../../field/roles.ts";
import { wordsIn } from "../../../query/words.ts";
import { type Facts, type Field, valueText } from "../../facts.ts";

/**
 * Search keys of documents beyond the Elastic Common Schema: all fields of an alert in one keyword field, so that no rule can fill
 * the mapping, and Elasticsearch and OpenSearch behave alike. The web page asks
 * for these.
 */
export interface SearchKeys {
  /** `proc.name=bash`; for a list one per member. */
  readonly fields: readonly string[];
  /** The names of the fields that there are. */
  readonly names: readonly string[];
  /**
   * The names of fields of which `fields` doesn't say everything: lists, objects, long values. {@link ODD_WORDS} where
   * `words` doesn't.
   */
  readonly odd: readonly string[];
  /** The words of the rule's name, the message and the values, in lower case, each once. */
  readonly words: readonly string[];
  /** Whom the alert is about and its rule, or their hash: alerts with the same one are repetitions. */
  readonly group: string;
}

/** A longer text is no term of the store's: of a character in UTF-8 there are up to four bytes, and a term has 32766. */
export const LONGEST_KEY = 8191;
export const ODD_WORDS = "*";
const MOST_WORDS = 4000;
const LONGEST_WORD = 512;

/** Whom an alert is about: the first of these that it has. Of what is in no container its container says nothing. */
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

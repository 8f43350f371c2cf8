import { hash } from "node:crypto";
import { type About, aboutFields } from "../../../alert/about.ts";
import { changesAlways } from "../../../field/roles.ts";
import { wordsIn } from "../../../query/words.ts";
import { type Facts, type Field, valueText } from "../../facts.ts";

/**
 * Search keys that extend the Elastic Common Schema, for queries from the web UI. A single keyword field contains all
 * fields of an alert, so that rules cannot exhaust the mapping, and Elasticsearch and OpenSearch behave in the same
 * way.
 */
export interface SearchKeys {
  /** Fields in the form `proc.name=bash`; lists have one entry per member. */
  readonly fields: readonly string[];
  /** Names of fields that have a value. */
  readonly names: readonly string[];
  /**
   * Names of fields whose values are incomplete in `fields`: lists, objects, long values. {@link ODD_WORDS} if `words`
   * is incomplete.
   */
  readonly odd: readonly string[];
  /** Distinct words of rule name, message and values, in lower case. Fields that differ in each alert are ignored. */
  readonly words: readonly string[];
  /** Rule and subject of the alert, or their hash. Equal for repeated alerts. */
  readonly group: string;
}

/** Maximum length of a key in UTF-16 units, each of at most four bytes in UTF-8. A term has at most 32,766 bytes. */
export const LONGEST_KEY = 8191;
export const ODD_WORDS = "*";
const MOST_WORDS = 4000;
const LONGEST_WORD = 512;

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
  return searchKeyOfGroup(alert.rule, aboutIn(fields));
}

/** The key of a group of alerts: the alerts of a rule about one workload or process. */
export function searchKeyOfGroup(rule: string, about: About | undefined): string {
  const group = `${about === undefined ? "" : `${about.field}=${about.value}`}\n${rule}`;
  return group.length > LONGEST_KEY ? hash("sha256", group) : group;
}

function aboutIn(fields: readonly Field[]): About | undefined {
  for (const name of aboutFields) {
    const field = fields.find((one) => one.name === name);
    const value = field === undefined ? "host" : valueText(field);
    if (field !== undefined && (name !== "container.name" || value !== "host")) return { field: name, value };
  }
  return undefined;
}

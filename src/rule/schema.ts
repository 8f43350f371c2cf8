import { itemKeys } from "./read.ts";
import { priorities } from "./rule.ts";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const flag: Schema = { type: "boolean" };
const scalars: Schema = { type: "array", items: { type: ["string", "number", "boolean"] } };
const version: Schema = { type: ["string", "integer"], description: "A number, or x.y.z." };
const values: Schema = { type: ["array", "string", "number"] };
const exception: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: { name: text, fields: values, comps: values, values: { type: "array" } },
};
const plugin: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "version"],
  properties: {
    name: text,
    version: text,
    alternatives: { type: "array", items: { type: "object", properties: { name: text, version: text } } },
  },
};

/** Schemas for all keys of items. */
const properties: Readonly<Record<string, Schema>> = {
  required_engine_version: version,
  required_plugin_versions: { type: "array", items: plugin },
  list: text,
  items: scalars,
  macro: text,
  rule: text,
  condition: text,
  output: text,
  desc: text,
  priority: {
    type: "string",
    pattern: `^(?:${[...priorities, "Info"].map(anyCase).join("|")})$`,
    description: `One of ${priorities.join(", ")}, or Info, in any case.`,
  },
  source: { ...text, description: "The event source; syscall by default." },
  enabled: flag,
  capture: flag,
  capture_duration: { type: "integer", minimum: 0 },
  warn_evttypes: flag,
  "skip-if-unknown-filter": flag,
  tags: scalars,
  exceptions: { type: "array", items: exception },
  override: { type: "object", additionalProperties: { enum: ["append", "replace"] } },
  append: { ...flag, description: "Deprecated: use override." },
};

/** The JSON schema (draft 6) of rule files. */
export function ruleSchema(): Schema {
  const kinds = Object.entries(itemKeys).map(([kind, keys]) => ({
    type: "object",
    additionalProperties: false,
    required: [kind],
    properties: Object.fromEntries(keys.map((key) => [key, properties[key] ?? {}])),
  }));
  return {
    $schema: "http://json-schema.org/draft-06/schema#",
    title: "Rule file",
    type: "array",
    items: { anyOf: kinds },
  };
}

function anyCase(word: string): string {
  return [...word].map((letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`).join("");
}

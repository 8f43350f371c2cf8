import type { JsonSchema, Key, Keys } from "../setting/shape.ts";
import { keys } from "./keys.ts";

/** Returns the JSON schema (draft 6) of the configuration, from the table of keys. */
export function configSchema(): JsonSchema {
  const { rules_files } = keys;
  return {
    $schema: "http://json-schema.org/draft-06/schema#",
    title: "Configuration of Eyas",
    ...objectOf({ ...keys, rules_file: rules_files, rule_files: rules_files }),
  };
}

function objectOf(section: Keys): JsonSchema {
  const properties = Object.fromEntries(Object.entries(section).map(([name, key]) => [name, schemaOf(key)]));
  return { type: "object", additionalProperties: false, properties };
}

/** Returns the JSON schema of a key. Null is allowed, since a key without a value (`key:`) has its default. */
function schemaOf(key: Key): JsonSchema {
  const description = key.about === "" ? {} : { description: key.about };
  if (key.kind === "later") return { ...schemaOf(key.shape), ...description };
  if (key.kind === "named") {
    const { pattern, keys } = key;
    return nullable({
      ...description,
      type: "object",
      additionalProperties: false,
      patternProperties: { [pattern.source]: nullable(objectOf(keys)) },
    });
  }
  if (key.kind === "section") return nullable({ ...objectOf(key.keys), ...description });
  return { ...(key.json === undefined ? {} : nullable(key.json)), ...description };
}

function nullable(schema: JsonSchema): JsonSchema {
  const { type, enum: words } = schema;
  const types = Array.isArray(type) ? type : [type];
  return { ...schema, type: [...types, "null"], ...(Array.isArray(words) && { enum: [...words, null] }) };
}

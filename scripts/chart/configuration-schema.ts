import { configSchema } from "../../src/config/schema.ts";
import type { JsonSchema } from "../../src/setting/shape.ts";

/** Matches paths of keys whose value is a secret. */
const SECRETS = /\.(?:token|password|apikey|webhookurl|secretaccesskey)$|\.pagerduty\.routingkey$/;
/** Matches an empty string, or one with a reference to an environment variable. */
const REFERENCE = "^$|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}";

/** Matches lookaheads that exclude names. The regular expressions of Go, which helm uses, do not support lookaheads. */
const EXCLUDED_NAMES = /\(\?!\(\?:[^()]*\)\$\)/;

/**
 * Returns the schema of the configuration without descriptions, which are in docs/configuration.md. Secrets must be
 * references to environment variables, because ConfigMaps are widely readable.
 */
export function chartConfiguration(): JsonSchema {
  const { $schema: _, ...schema } = configSchema();
  return narrowed(schema, "");
}

function narrowed({ description: _, properties, patternProperties, ...rest }: JsonSchema, path: string): JsonSchema {
  return {
    ...rest,
    ...(SECRETS.test(path) && rest.type !== undefined && { pattern: REFERENCE }),
    ...(isObject(properties) && { properties: eachOf(properties, path) }),
    ...(isObject(patternProperties) && { patternProperties: eachOf(patternProperties, path) }),
  };
}

function eachOf(schemas: JsonSchema, path: string): JsonSchema {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name.replace(EXCLUDED_NAMES, ""),
      isObject(schema) ? narrowed(schema, `${path}.${name}`) : schema,
    ]),
  );
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}

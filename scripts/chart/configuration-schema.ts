import { configSchema } from "../../src/config/schema.ts";
import type { JsonSchema } from "../../src/setting/shape.ts";

/** Keys whose text is a secret, by their path. */
const SECRETS = /\.(?:token|password|apikey|webhookurl|secretaccesskey)$|\.pagerduty\.routingkey$/;
/** Empty, or with a reference to an environment variable. */
const REFERENCE = "^$|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}";

/** Lookaheads that exclude names. Go's regular expressions, which helm uses, have none. */
const EXCLUDED_NAMES = /\(\?!\(\?:[^()]*\)\$\)/;

/**
 * The schema of the configuration without descriptions, which docs/configuration.md has. Secrets must be references to
 * environment variables, because a ConfigMap is readable by many.
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

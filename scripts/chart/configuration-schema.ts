import { configSchema } from "../../src/config/schema.ts";
import type { JsonSchema } from "../../src/setting/shape.ts";

/** Matches paths of keys whose value is a secret. */
const SECRETS = /\.(?:token|password|apikey|webhookurl|secretaccesskey)$|\.pagerduty\.routingkey$/;
/** Matches an empty string, or one with a reference to an environment variable. */
const REFERENCE = "^$|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}";

/** Matches paths of keys with addresses, which can contain a password or a token before `@`. */
const ADDRESSES = /\.(?:url|hostport|address|endpoint|agent|marathon)$|\.splunk\.host$|^\.sources\..*\.from$/;
/** Matches an address without `@` before its path. */
const ADDRESS = "\\s*([A-Za-z][A-Za-z0-9+.-]*://)?[^@/?#,]*([?#][^,]*|/([^/,][^,]*)?)?";
/** Matches addresses without a literal login, and addresses with a reference. */
const NO_LITERAL_LOGIN = `^${ADDRESS}(,${ADDRESS})*$|${REFERENCE}`;

/** Matches paths of keys with HTTP headers, or with environment variables that contain headers. */
const HEADERS = /\.(?:customheaders|headers|extraenvvars)$/;
/** Matches names of headers whose value is a secret. */
const SECRET_HEADERS = ["auth", "cookie", "token", "key", "secret", "password", "headers"].map(anyCase).join("|");

/** Matches lookaheads that exclude names. The regular expressions of Go, which helm uses, do not support lookaheads. */
const EXCLUDED_NAMES = /\(\?!\(\?:[^()]*\)\$\)/;

/**
 * Returns the schema of the configuration without descriptions, which are in docs/configuration.md. Secrets must be
 * references to environment variables, because ConfigMaps are widely readable, also in addresses and headers.
 */
export function chartConfiguration(): JsonSchema {
  const { $schema: _, ...schema } = configSchema();
  return narrowed(schema, "");
}

function narrowed({ description: _, properties, patternProperties, ...rest }: JsonSchema, path: string): JsonSchema {
  return {
    ...rest,
    ...(SECRETS.test(path) && rest.type !== undefined && { pattern: REFERENCE }),
    ...(ADDRESSES.test(path) && { pattern: NO_LITERAL_LOGIN }),
    // A schema without a type also accepts a list of addresses.
    ...(ADDRESSES.test(path) && rest.type === undefined && { items: { pattern: NO_LITERAL_LOGIN } }),
    ...(HEADERS.test(path) && { patternProperties: { [SECRET_HEADERS]: { type: "string", pattern: REFERENCE } } }),
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

/** Returns a pattern of a word in any case. Patterns in JSON schemas have no flags. */
function anyCase(word: string): string {
  return [...word].map((letter) => `[${letter.toUpperCase()}${letter}]`).join("");
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}

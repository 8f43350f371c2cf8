import { type ConversionConfig, type JsonSchema, toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import { BASE, type Media, type Route } from "./route.ts";
import type { Schema } from "./schema.ts";
import { components } from "./schemas/components.ts";

/** The OpenAPI 3.1 document of the API, generated from the table of routes. */
export function openApi(routes: readonly Route[], version: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const own = paths[route.path] ?? {};
    own[route.method.toLowerCase()] = operation(route);
    paths[route.path] = own;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Eyas",
      version,
      description:
        "Lists, counts, follows, explains and triages alerts from this machine or a fleet. Times are in ISO 8601 format, in UTC.",
    },
    servers: [{ url: BASE }],
    security: [{ session: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: "eyas_session",
          description: "Methods other than GET also require the header x-eyas-csrf.",
        },
        token: { type: "http", scheme: "bearer" },
      },
      schemas: toJsonSchemaDefs(components, config),
    },
  };
}

/** A query parameter in the OpenAPI document. */
export interface Parameter {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** The query parameters of a route. */
export function parametersOf({ query }: Route): readonly Parameter[] {
  return Object.entries(query?.entries ?? {}).map(([name, entry]) => {
    const { description = "", ...schema } = jsonSchema(entry as Schema);
    return { name, about: description, required: entry.type !== "exact_optional", schema };
  });
}

/** Whether a route responds with JSON. */
export function isSchema(answer: Schema | Media): answer is Schema {
  return !("mediaType" in answer);
}

function operation(route: Route): unknown {
  const { method, path, role, about, body, answer } = route;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = parametersOf(route).map(({ name, about: description, required, schema }) => ({
    name,
    in: "query",
    description,
    ...(required && { required }),
    schema,
  }));
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: operationId(method, path),
    summary: about,
    ...(role === undefined ? { security: [] } : { "x-role": role }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { "application/json": { schema: jsonSchema(body) } } } }),
    responses: {
      ...(isSchema(answer)
        ? { 200: { description: "The response.", content: { "application/json": { schema: jsonSchema(answer) } } } }
        : { [answer.status ?? 200]: { description: answer.about, content: { [answer.mediaType]: {} } } }),
      default: {
        description: "The error.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

const config: ConversionConfig = {
  target: "draft-2020-12",
  definitions: components,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  overrideSchema: ({ valibotSchema: { type }, jsonSchema: { anyOf, ...schema } }) => {
    if (anyOf !== undefined) return { oneOf: anyOf }; // the alternatives in this API are mutually exclusive
    if (type === "picklist") return { type: "string", ...schema };
    if (type === "loose_object") return { type: "object" };
    const { propertyNames: _, ...record } = schema; // property names are always strings
    return type === "record" ? record : undefined;
  },
};

function jsonSchema(schema: Schema): JsonSchema {
  const { $schema: _, $defs: __, ...own } = toJsonSchema(schema, config);
  return own;
}

function operationId(method: string, path: string): string {
  const words = path.split("/").filter((word) => word !== "");
  return [method.toLowerCase(), ...words.map((word) => word.replace(/[^a-z]/gi, ""))]
    .map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
}

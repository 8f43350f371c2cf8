import type { Schema } from "./json-schema.ts";
import { BASE, type Route } from "./route.ts";
import { schemas } from "./schemas.ts";

/** The API as an OpenAPI document (3.1), from the table of its routes. */
export function openApi(routes: readonly Route[], version: string): unknown {
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
        "Alerts of this machine, or of a fleet: list, count, follow, explain, triage. Times are ISO 8601 with Z.",
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
          description: "Other methods than GET take the header x-eyas-csrf too.",
        },
        token: { type: "http", scheme: "bearer" },
      },
      schemas,
    },
  };
}

function operation({ method, path, role, about, query = {}, body, answer }: Route): unknown {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query).map(([name, { about: description, schema, required }]) => ({
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
    ...(body && { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      200: isSchema(answer)
        ? { description: "The answer.", content: { "application/json": { schema: answer } } }
        : { description: answer.about, content: { [answer.mediaType]: {} } },
      default: {
        description: "Why there is none.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

function isSchema(answer: Route["answer"]): answer is Schema {
  return !("mediaType" in answer);
}

function operationId(method: string, path: string): string {
  const words = path.split("/").filter((word) => word !== "");
  return [method.toLowerCase(), ...words.map((word) => word.replace(/[^a-z]/gi, ""))]
    .map((word, i) => (i === 0 ? word : word[0].toUpperCase() + word.slice(1)))
    .join("");
}

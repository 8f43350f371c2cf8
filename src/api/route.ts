import type { IncomingMessage, ServerResponse } from "node:http";
import type { Schema } from "./json-schema.ts";
import type { Role, User } from "./users.ts";

/** A request that may be answered: its user is known, its parameters and its body are as the route describes them. */
export interface Call {
  /** The parts of the path that are in braces, by name. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: ReadonlyMap<string, string>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly user: User;
  /** Whether the user still may what the route wants: for answers that go on. */
  readonly isWelcome: () => boolean;
  /** Where the request came from. */
  readonly address: string;
  readonly request: IncomingMessage;
}

/** What is answered. */
export type Answer =
  | { readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly bytes: Uint8Array; readonly type: string; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly type: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Writes the body, and ends it. */
      readonly stream: (response: ServerResponse) => Promise<void>;
    };

/** A parameter of the query. */
export interface Parameter {
  readonly about: string;
  readonly schema: Schema;
  readonly required?: true;
}

/** One thing that the API does. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Under `/api/v1`; parts in braces are any text. */
  readonly path: string;
  /** Who may; undefined: also those who aren't signed in. */
  readonly role: Role | undefined;
  readonly about: string;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly body?: Schema;
  /** What is answered: JSON of this shape, or something of another type. */
  readonly answer: Schema | { readonly mediaType: string; readonly about: string };
  readonly take: (call: Call) => Answer | Promise<Answer>;
}

/** Where the API is. */
export const BASE = "/api/v1";

/** Finds what answers a path; the more exact ones stand before the others. */
export interface RouteTable {
  readonly routes: readonly Route[];
  /** @returns the methods that the path has, and what it holds for the one that is asked for */
  find(
    method: string,
    path: string,
  ): { readonly route?: Route; readonly path: Readonly<Record<string, string>>; readonly methods: readonly string[] };
}

export function routeTable(routes: readonly Route[]): RouteTable {
  const patterns = routes.map((route) => ({ route, parts: route.path.split("/") }));
  return {
    routes,
    find(method, path) {
      const parts = path.split("/");
      const methods: string[] = [];
      for (const { route, parts: pattern } of patterns) {
        const found = matched(pattern, parts);
        if (found === undefined) continue;
        if (route.method === method) return { route, path: found, methods: [method] };
        methods.push(route.method);
      }
      return { path: {}, methods };
    },
  };
}

function matched(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const found: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    if (part.startsWith("{")) {
      const text = decoded(parts[i]);
      if (text === undefined || text === "") return undefined;
      found[part.slice(1, -1)] = text;
    } else if (part !== parts[i]) return undefined;
  }
  return found;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

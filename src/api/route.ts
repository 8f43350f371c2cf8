import type { ObjectEntries, StrictObjectSchema } from "valibot";
import type { Dependencies } from "./dependencies.ts";
import { object, type Schema, type Value } from "./schema.ts";
import type { Role, User } from "./user.ts";

/** The path of the API. */
export const BASE = "/api/v1";

export const methods = ["POST", "GET", "DELETE"] as const;
export type Method = (typeof methods)[number];

/** A schema of query parameters. */
export type Query = StrictObjectSchema<ObjectEntries, undefined>;

/** A response with a media type other than JSON. */
export interface Media {
  readonly mediaType: string;
  readonly about: string;
  /** The HTTP status. Default: 200. */
  readonly status?: 303;
}

/**
 * A route of the API. Role, query and body are validated before `take` is called. The OpenAPI document and the types of
 * the page's client are derived from the routes, so files with routes must not import Node modules.
 */
export interface Route<
  M extends Method = Method,
  P extends string = string,
  Q extends Query = Query,
  B extends Schema = Schema,
  A extends Schema | Media = Schema | Media,
> {
  readonly method: M;
  /** The path below {@link BASE}; placeholders in braces match any segment, as in `/alerts/{id}`. */
  readonly path: P;
  /** The required role; undefined allows requests without authentication. */
  readonly role: Role | undefined;
  readonly about: string;
  readonly query?: Q;
  readonly body?: B;
  /**
   * Set for routes to which another site redirects a user. Requests may come from another origin, and unknown query
   * parameters are ignored.
   */
  readonly fromProvider?: true;
  readonly answer: A;
  take(call: Call<P, Q, B>, parts: Dependencies): Answer<A> | Promise<Answer<A>>;
}

/** The placeholders of a path. */
export type NamesIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** An authorized request with valid parameters and body. */
export interface Call<P extends string = string, Q extends Query = Query, B extends Schema = Schema> {
  /** The values of the placeholders in the path. */
  readonly path: Readonly<Record<NamesIn<P>, string>>;
  readonly query: Value<Q>;
  readonly body: Value<B>;
  readonly user: User;
  /** Whether the user still has the required role. Used by streams. */
  readonly isAuthorized: () => boolean;
  /** The IP address of the client. */
  readonly address: string;
  readonly headers: { readonly cookie?: string | undefined; readonly "last-event-id"?: string | string[] | undefined };
  /** Whether the request is a HEAD request. */
  readonly isHead: boolean;
}

type Headers = Readonly<Record<string, string | string[]>>;

/** The response of a route: JSON of its schema, or bytes of its media type. */
export type Answer<A extends Schema | Media = Schema | Media> = A extends Schema
  ? { readonly json: Value<A>; readonly headers?: Headers }
  : Typed &
      (
        | { readonly bytes: Uint8Array }
        | { readonly pieces: AsyncIterable<string | Uint8Array> }
        | { readonly stream: Stream }
      );

interface Typed {
  /** The content type. */
  readonly type: string;
  /** The HTTP status, for `bytes`. Default: 200. */
  readonly status?: 303;
  readonly headers?: Headers;
}

/** Writes and ends the body; stops when the client disconnects. */
export type Stream = (sink: Sink) => Promise<void>;

/** The body of a streamed response, implemented by Node's ServerResponse. */
export interface Sink {
  write(text: string): unknown;
  end(): unknown;
  /** Closes the connection, so that the client detects a truncated response. */
  destroy(): unknown;
  readonly destroyed: boolean;
  /** Number of bytes buffered for the client. */
  readonly writableLength: number;
  on(event: "close" | "error", listener: () => void): Sink;
}

const noQuery = object({});
export const noBody = object({});

/** Defines a route; the types of its parts are inferred from its schemas. */
export function route<
  const M extends Method,
  const P extends string,
  A extends Schema | Media,
  Q extends Query = typeof noQuery,
  B extends Schema = typeof noBody,
>(stated: Route<M, P, Q, B, A>): Route<M, P, Q, B, A> {
  return stated;
}

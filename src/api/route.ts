import type { ObjectEntries, StrictObjectSchema } from "valibot";
import type { Dependencies } from "./dependencies.ts";
import { object, type Schema, type Value } from "./schema.ts";
import type { Role, User } from "./user.ts";

/** The path of the API. */
export const BASE = "/api/v1";

export const methods = ["POST", "GET", "DELETE"] as const;
export type Method = (typeof methods)[number];

/** The schema of a query: its parameters by name. */
export type Query = StrictObjectSchema<ObjectEntries, undefined>;

/** An answer that is no JSON. */
export interface Media {
  readonly mediaType: string;
  readonly about: string;
}

/**
 * A route of the API. Role, query and body are checked before `take` is called. The OpenAPI document and the types of the
 * page's client follow from it, so the files of routes do without Node, as the page does.
 */
export interface Route<
  M extends Method = Method,
  P extends string = string,
  Q extends Query = Query,
  B extends Schema = Schema,
  A extends Schema | Media = Schema | Media,
> {
  readonly method: M;
  /** Below {@link BASE}; names in braces stand for any text: `/alerts/{id}`. */
  readonly path: P;
  /** The required role; undefined: none, without signing in. */
  readonly role: Role | undefined;
  readonly about: string;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: A;
  take(call: Call<P, Q, B>, parts: Dependencies): Answer<A> | Promise<Answer<A>>;
}

/** The names in braces of a path. */
export type NamesIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** A request that was let in: its user may send it, and its parameters and body are valid. */
export interface Call<P extends string = string, Q extends Query = Query, B extends Schema = Schema> {
  /** The texts that stand for names in the path. */
  readonly path: Readonly<Record<NamesIn<P>, string>>;
  readonly query: Value<Q>;
  readonly body: Value<B>;
  readonly user: User;
  /** Whether the user still has the role: for answers that go on. */
  readonly isWelcome: () => boolean;
  /** The IP address of the client. */
  readonly address: string;
  readonly headers: { readonly cookie?: string | undefined; readonly "last-event-id"?: string | string[] | undefined };
  /** Whether the request is a HEAD request. */
  readonly isHead: boolean;
}

type Headers = Readonly<Record<string, string>>;

/** The answer of a route: JSON of its schema, or bytes of its media type. */
export type Answer<A extends Schema | Media = Schema | Media> = A extends Schema
  ? { readonly json: Value<A>; readonly headers?: Headers }
  : Typed & ({ readonly bytes: Uint8Array } | { readonly pieces: AsyncIterable<string> } | { readonly stream: Stream });

interface Typed {
  /** The content type. */
  readonly type: string;
  readonly headers?: Headers;
}

/** Writes the body as long as the client listens, and ends it. */
export type Stream = (sink: Sink) => Promise<void>;

/** The body of an answer that goes on; Node's ServerResponse is one. */
export interface Sink {
  write(text: string): unknown;
  end(): unknown;
  /** Breaks the connection, so that the client sees that the answer is not whole. */
  destroy(): unknown;
  readonly destroyed: boolean;
  /** Bytes that wait for the client. */
  readonly writableLength: number;
  on(event: "close" | "error", listener: () => void): Sink;
}

const noQuery = object({});
export const noBody = object({});

/** States a route, so that the types of its parts follow from its schemas. */
export function route<
  const M extends Method,
  const P extends string,
  A extends Schema | Media,
  Q extends Query = typeof noQuery,
  B extends Schema = typeof noBody,
>(stated: Route<M, P, Q, B, A>): Route<M, P, Q, B, A> {
  return stated;
}

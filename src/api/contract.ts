// The API as its clients see it: types alone, from the table of routes.
import type { Method, NamesIn } from "./route.ts";
import type { routes } from "./routes.ts";
import type { Schema, Value } from "./schema.ts";

type Routes = (typeof routes)[number];
type RouteAt<M extends Method, P extends string> = Extract<Routes, { readonly method: M; readonly path: P }>;

/** The paths of a method. */
export type PathOf<M extends Method> = Extract<Routes, { readonly method: M }>["path"];

/** The JSON that a route answers; never for one that answers something else. */
export type AnswerOf<M extends Method, P extends string> =
  RouteAt<M, P> extends { readonly answer: infer A extends Schema } ? Value<A> : never;

/** The texts that stand for names in a path. */
export type ParametersOf<P extends string> = Readonly<Record<NamesIn<P>, string>>;

/** The query of a route. */
export type QueryOf<M extends Method, P extends string> =
  RouteAt<M, P> extends { readonly query?: infer Q } ? Value<Extract<Q, Schema>> : never;

/** The body of a route; undefined where it takes none. */
export type BodyOf<M extends Method, P extends string> =
  RouteAt<M, P> extends { readonly body?: infer B } ? Value<Extract<B, Schema>> : never;

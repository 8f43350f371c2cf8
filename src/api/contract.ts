// The API for clients: types only, derived from the table of routes.
import type { Method, NamesIn } from "./route.ts";
import type { routes } from "./routes.ts";
import type { Schema, Value } from "./schema.ts";

type Routes = (typeof routes)[number];
type RouteAt<M extends Method, P extends string> = Extract<Routes, { readonly method: M; readonly path: P }>;

/** The paths of the routes with a given method. */
export type PathOf<M extends Method> = Extract<Routes, { readonly method: M }>["path"];

/** The JSON response of a route; `never` for routes with another media type. */
export type AnswerOf<M extends Method, P extends PathOf<M>> =
  RouteAt<M, P> extends { readonly answer: infer A extends Schema } ? Value<A> : never;

/** Path parameters, query and body of a request to a route. */
export type RequestOf<M extends Method, P extends PathOf<M>> = InPath<P> &
  MayLack<"query", Given<RouteAt<M, P>["query"]>> &
  MayLack<"body", Given<RouteAt<M, P>["body"]>>;

type Given<S> = Value<Extract<S, Schema>>;

/** The values of the placeholders in a path. */
type InPath<P extends string> = [NamesIn<P>] extends [never]
  ? unknown
  : { readonly path: Readonly<Record<NamesIn<P>, string>> };

/** An object with one property. The property is optional if all properties of its value are optional. */
type MayLack<Name extends string, T> =
  Partial<T> extends T ? { readonly [Key in Name]?: T } : { readonly [Key in Name]: T };

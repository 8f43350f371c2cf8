// Queries of the list of event sources.

import { defaultsOf } from "../setting/shape.ts";
import { sources } from "./list.ts";
import { anyJson, type Reader } from "./reader.ts";

type Source = (typeof sources)[number];
type OwnName = Extract<Source, { readonly kind: "document" }>;
type UserNamed = Extract<Source, { readonly kind: "named" }>;

/** Document sources with a fixed name. */
export const documentSources = sources.filter((source): source is OwnName => source.kind === "document");

/** Kinds of sources whose instances have names that users choose. */
export const namedSources = sources.filter((source): source is UserNamed => source.kind === "named");

/** Names of built-in sources, which user-defined sources must not have. */
export const sourceNames: readonly string[] = sources.filter(({ kind }) => kind !== "named").map(({ name }) => name);

/** Returns the built-in document source with this name; undefined if the name is user-defined. */
export function documentSource(name: string): OwnName | undefined {
  return documentSources.find((source) => source.name === name);
}

/** Returns the decoder of a source's events, with default settings. */
export async function readerOf(name: string): Promise<Reader> {
  const source = documentSource(name);
  return source === undefined ? anyJson : await source.open(defaultsOf(source.keys));
}

/** Returns the default rule files of these sources, in order. */
export function defaultRuleFiles(names: readonly string[]): string[] {
  return names.flatMap((name) => sources.find((source) => source.name === name)?.rules ?? []);
}

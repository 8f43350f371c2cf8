// Queries of the list of event sources.

import { defaultsOf } from "../setting/shape.ts";
import { sources } from "./list.ts";
import { anyJson, type Reader } from "./reader.ts";

type Source = (typeof sources)[number];
type OwnName = Extract<Source, { readonly kind: "document" }>;
type UserNamed = Extract<Source, { readonly kind: "named" }>;

/** Document sources with a name of their own. */
export const documentSources = sources.filter((source): source is OwnName => source.kind === "document");

/** Kinds of sources that users name. */
export const namedSources = sources.filter((source): source is UserNamed => source.kind === "named");

/** Names in the list that user-defined sources may not have. */
export const sourceNames: readonly string[] = sources.filter(({ kind }) => kind !== "named").map(({ name }) => name);

/** The document source of this name; undefined if users name it. */
export function documentSource(name: string): OwnName | undefined {
  return documentSources.find((source) => source.name === name);
}

/** The decoder of a source's events, with the default settings. */
export async function readerOf(name: string): Promise<Reader> {
  const source = documentSource(name);
  return source === undefined ? anyJson : await source.open(defaultsOf(source.keys));
}

/** Default rule files of these sources, in their order. */
export function defaultRuleFiles(names: readonly string[]): string[] {
  return names.flatMap((name) => sources.find((source) => source.name === name)?.rules ?? []);
}

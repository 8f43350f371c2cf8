import type { Fields } from "./json.ts";

/** A query in the server's query language. */
export type Query = Fields;

export const everyDocument: Query = { match_all: {} };
export const noDocument: Query = { match_none: {} };

export const term = (field: string, value: string): Query => ({ term: { [field]: { value } } });
export const terms = (field: string, values: readonly string[]): Query =>
  values.length === 1 ? term(field, values.join()) : { terms: { [field]: values } };
export const prefix = (field: string, value: string): Query => ({ prefix: { [field]: { value } } });
export const range = (field: string, bounds: Fields): Query => ({ range: { [field]: bounds } });
export const exists = (field: string): Query => ({ exists: { field } });

/** Documents that match all queries. */
export function all(queries: readonly Query[]): Query {
  const wanted = queries.filter((query) => query !== everyDocument);
  if (wanted.includes(noDocument)) return noDocument;
  if (wanted.length < 2) return wanted[0] ?? everyDocument;
  return { bool: { filter: wanted } };
}

/** Documents that match at least one query. */
export function any(queries: readonly Query[]): Query {
  const wanted = queries.filter((query) => query !== noDocument);
  if (wanted.includes(everyDocument)) return everyDocument;
  if (wanted.length < 2) return wanted[0] ?? noDocument;
  return { bool: { should: wanted, minimum_should_match: 1 } };
}

export function not(query: Query): Query {
  if (query === everyDocument) return noDocument;
  return query === noDocument ? everyDocument : { bool: { must_not: [query] } };
}

/** Escapes the special characters of `wildcard` queries. */
export function plain(text: string): string {
  return text.replace(/[\\*?]/g, "\\$&");
}

/** Escapes the special characters of regular expressions in `include` parameters. */
export function plainExpression(text: string): string {
  return text.replace(/[^A-Za-z0-9_=]/gu, "\\$&");
}

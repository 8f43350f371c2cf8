import { ApiError } from "../../api-error.ts";
import type { Query } from "./dsl.ts";
import { at, textAt } from "./json.ts";
import { type Server, TOO_LARGE } from "./server.ts";

/** Limits and order of the documents to read. */
export interface Bounds {
  /** Sort order by key. Keys increase with time. */
  readonly order: "asc" | "desc";
  /** Number of documents per request. Fewer are requested if the response is too large. */
  readonly size: number;
  /** Maximum number of documents. */
  readonly most: number;
  /** The fields to read, which must include the key; undefined reads all fields. */
  readonly fields?: readonly string[];
}

/** Reads the documents that match a query, in several requests if necessary. @throws ApiError */
export async function readDocuments(
  server: Pick<Server, "search">,
  index: string,
  query: Query,
  { order, size: first, most, fields }: Bounds,
): Promise<unknown[]> {
  const found: unknown[] = [];
  let size = first;
  while (found.length < most) {
    const wanted = Math.min(size, most - found.length);
    try {
      const { hits } = await server.search(index, {
        size: wanted,
        track_total_hits: false,
        query,
        sort: [{ key: { order, unmapped_type: "keyword" } }],
        ...(fields && { _source: fields }),
        ...(found.length > 0 && { search_after: [textAt(found.at(-1), "key")] }),
      });
      found.push(...hits.map((hit) => at(hit, "_source")));
      if (hits.length < wanted) break;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== TOO_LARGE || wanted === 1) throw error;
      size = Math.ceil(wanted / 2);
    }
  }
  return found;
}

import { described, optional, shortText, wholeFrom } from "./schema.ts";
import type { Paging } from "./store/store.ts";

/** Default number of items per page. */
const USUAL = 100;

/** The query parameters of a paginated list. @param most maximum number of items per page */
export const paging = (most: number) => ({
  limit: optional(described(wholeFrom(1, most), `Maximum number of items; ${USUAL} by default.`)),
  cursor: optional(shortText(200, "The value of `next` in the previous page.")),
});

export function pageOf({ limit = USUAL, cursor }: Partial<Paging>): Paging {
  return { limit, ...(cursor !== undefined && { cursor }) };
}

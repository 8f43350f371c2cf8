import { described, optional, shortText, wholeFrom } from "./schema.ts";
import type { Paging } from "./store/store.ts";

/** Items of a page where no limit is given. */
const USUAL = 100;

/** The query parameters of a list that comes in pages. @param most items of a page */
export const paging = (most: number) => ({
  limit: optional(described(wholeFrom(1, most), `At most so many; ${USUAL} where it is not given.`)),
  cursor: optional(shortText(200, "`next` of the page before.")),
});

export function pageOf({ limit = USUAL, cursor }: Partial<Paging>): Paging {
  return { limit, ...(cursor !== undefined && { cursor }) };
}

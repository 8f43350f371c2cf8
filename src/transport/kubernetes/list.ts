import { TOO_LARGE, TransportError } from "../http/error.ts";
import { textAt } from "../json.ts";
import type { Query } from "./path.ts";
import type { Call } from "./request.ts";

/** Number of objects per page. A page that is too large is requested again with fewer objects. */
const PAGE = 500;
/** After a page that was too large, the page size is divided by this number. */
const FEWER = 8;
/**
 * Maximum response sizes in bytes: for a page, for an unpaged list from the server's cache, and for a page with one
 * object.
 */
const LARGEST = { page: 4 << 20, cached: 16 << 20, object: 24 << 20 };

/**
 * Reads a list page by page, in bounded memory. Annotations can make objects arbitrarily large.
 * @param get requests a page
 * @param cached whether the server may respond from its cache instead of its database
 */
export async function* listPages<T>(
  get: (call: Call) => Promise<T>,
  { query = {}, ...call }: Call & { readonly query?: Exclude<Query, URLSearchParams> },
  cached = false,
): AsyncGenerator<T> {
  let fromCache = cached;
  let limit = PAGE;
  let next = "";
  for (;;) {
    const largest = fromCache ? LARGEST.cached : limit === 1 ? LARGEST.object : LARGEST.page;
    const from = next === "" ? (fromCache ? { resourceVersion: 0 } : {}) : { continue: next };
    let page: T;
    try {
      page = await get({ ...call, largest, query: { ...query, limit, ...from } });
    } catch (error) {
      const isTooLarge = error instanceof TransportError && error.code === TOO_LARGE;
      if (!isTooLarge || (limit === 1 && !fromCache)) throw error;
      if (fromCache) fromCache = false;
      else limit = Math.max(1, Math.floor(limit / FEWER));
      continue;
    }
    yield page;
    next = textAt(page, "metadata", "continue");
    if (next === "") return;
    fromCache = false;
    limit = Math.min(PAGE, limit * 2);
  }
}

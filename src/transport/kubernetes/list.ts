import { textAt } from "../json.ts";
import type { Query } from "./path.ts";
import type { Call } from "./request.ts";

/** Objects of one page. */
const PAGE = 500;

/**
 * The pages of a list.
 * @param get reads one
 * @param cached whether the server may answer from its cache instead of its database
 */
export async function* listPages<T>(
  get: (call: Call) => Promise<T>,
  { query = {}, ...call }: Call & { readonly query?: Exclude<Query, URLSearchParams> },
  cached = false,
): AsyncGenerator<T> {
  let next = "";
  do {
    const from = next === "" ? (cached ? { resourceVersion: 0 } : {}) : { continue: next };
    const page = await get({ ...call, query: { ...query, limit: PAGE, ...from } });
    yield page;
    next = textAt(page, "metadata", "continue");
  } while (next !== "");
}

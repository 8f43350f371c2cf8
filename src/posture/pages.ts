import { at, type Facts, jsonOf, listOf, textAt } from "../transport/json.ts";
import type { KubernetesClient } from "../transport/kubernetes/client.ts";
import type { Path } from "../transport/kubernetes/path.ts";

/** Objects of a page at most. A page that is too large is requested again with fewer. */
const PAGE = 200;
/** Maximum bytes of a page, and of a page of one object. */
const LARGEST = 4 << 20;
const LARGEST_OBJECT = 24 << 20;
/** Divisor of the number of objects after a page that is too large. */
const FEWER = 8;

/** Objects to list. */
export interface Listed {
  readonly path: Path;
  readonly fieldSelector?: string;
}

/**
 * The objects of a list, page by page, in bounded memory: objects can be large, since everyone who creates one chooses its
 * annotations. Reads from the database of the API server, because its cache answers with everything at once.
 * @throws errors of the client
 */
export async function* listObjects(
  client: Pick<KubernetesClient, "read">,
  { path, fieldSelector }: Listed,
  signal: AbortSignal,
): AsyncGenerator<readonly Facts[]> {
  let limit = PAGE;
  let next = "";
  for (;;) {
    const query = {
      limit,
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(next !== "" && { continue: next }),
    };
    const largest = limit === 1 ? LARGEST_OBJECT : LARGEST;
    const bytes = await client.read({ path, query, signal }, largest);
    if (bytes.length === largest) {
      if (limit === 1) throw new Error(`an object is larger than ${LARGEST_OBJECT} bytes`);
      limit = Math.max(1, Math.floor(limit / FEWER));
      continue;
    }
    const page = jsonOf(bytes.toString("utf8"));
    if (page === undefined) throw new Error("the answer is not JSON");
    yield listOf(at(page, "items"));
    next = textAt(page, "metadata", "continue");
    if (next === "") return;
    limit = Math.min(PAGE, limit * 2);
  }
}

import { type Facts, listOf } from "../transport/json.ts";
import type { KubernetesClient } from "../transport/kubernetes/client.ts";
import { listPages } from "../transport/kubernetes/list.ts";
import type { Path } from "../transport/kubernetes/path.ts";

/** The resource whose objects are listed. */
export interface Listed {
  readonly path: Path;
  readonly fieldSelector?: string;
}

/**
 * Lists objects page by page. The objects are read from etcd, because lists from the API server's cache have no pages.
 * @throws client errors
 */
export async function* listObjects(
  client: Pick<KubernetesClient, "request">,
  { path, fieldSelector }: Listed,
  signal: AbortSignal,
): AsyncGenerator<readonly Facts[]> {
  const query = fieldSelector === undefined ? {} : { fieldSelector };
  for await (const page of listPages(client.request, { path, query, signal })) yield listOf(page.items);
}

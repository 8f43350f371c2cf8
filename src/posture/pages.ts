import { type Facts, listOf } from "../transport/json.ts";
import type { KubernetesClient } from "../transport/kubernetes/client.ts";
import { listPages } from "../transport/kubernetes/list.ts";
import type { Path } from "../transport/kubernetes/path.ts";

/** Objects to list. */
export interface Listed {
  readonly path: Path;
  readonly fieldSelector?: string;
}

/**
 * The objects of a list, page by page, from the database of the API server: its cache answers with everything at once.
 * @throws errors of the client
 */
export async function* listObjects(
  client: Pick<KubernetesClient, "request">,
  { path, fieldSelector }: Listed,
  signal: AbortSignal,
): AsyncGenerator<readonly Facts[]> {
  const query = fieldSelector === undefined ? {} : { fieldSelector };
  for await (const page of listPages(client.request, { path, query, signal })) yield listOf(page.items);
}

import type { IncomingMessage } from "node:http";
import { openRequestMemory } from "../server/memory.ts";
import { accessOf } from "./access.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { Dependencies } from "./dependencies.ts";
import { isFromElsewhere } from "./host.ts";
import { bodyOf, MAX_BODY, queryOf } from "./input.ts";
import { type Answer, BASE, type Route } from "./route.ts";
import { routerOf } from "./router.ts";

/**
 * Handles a request to the API.
 * @param signedIn called if the request is from an authenticated user
 * @throws ApiError
 */
export type Answerer = (request: IncomingMessage, url: URL, signedIn: () => void) => Promise<Answer>;

/**
 * Memory for request bodies and their parsed values, in bytes. A valid body of the maximum size requires up to 4 MiB.
 */
const MEMORY = 256 * MAX_BODY;

export function answererOf(routes: readonly Route[], parts: Dependencies): Answerer {
  const router = routerOf(routes);
  const access = accessOf(parts.users);
  const memory = openRequestMemory(MEMORY);
  const openMemory = openRequestMemory(MEMORY); // separate memory for clients that have not signed in
  return async (request, url, signedIn) => {
    const isHead = request.method === "HEAD";
    const found = router.find(isHead ? "GET" : (request.method ?? "GET"), url.pathname.slice(BASE.length));
    if (!("route" in found)) throw noRoute(found);
    const { route, path } = found;
    if (route.fromProvider !== true && isFromElsewhere(request, parts.secure, parts.publicOrigin))
      throw new ApiError(403, "cross_site", "Requests from other origins are rejected.");
    const address = request.socket.remoteAddress ?? "";
    const user = access.userFor(request, route, address);
    if (route.role !== undefined) signedIn();
    const query = queryOf(route, url.searchParams);
    const body =
      route.method === "POST" ? await bodyOf(route, request, route.role === undefined ? openMemory : memory) : {};
    const isAuthorized = (): boolean => access.isAuthorized(request, route);
    const { headers } = request;
    return route.take({ path, query, body, user, isAuthorized, address, headers, isHead }, parts);
  };
}

/** @param methods the methods that the path supports */
function noRoute(methods: readonly string[]): ApiError {
  if (methods.length === 0) return notFound("Unknown path; /api/v1/openapi.json lists all paths.");
  const allow = methods.join(", ");
  return new ApiError(405, "method", `Method not allowed; allowed methods: ${allow}.`, { allow });
}

import type { IncomingMessage } from "node:http";
import type { BodyBudget } from "../server/body.ts";
import { accessOf } from "./access.ts";
import { isFromElsewhere } from "./host.ts";
import { bodyOf, MOST_BODY, queryOf } from "./input.ts";
import type { Parts } from "./parts.ts";
import { notFound, Refusal } from "./refusal.ts";
import { type Answer, BASE, type Route } from "./route.ts";
import { routerOf } from "./router.ts";

/** Answers a request to the API. @throws Refusal */
export type Answerer = (request: IncomingMessage, url: URL) => Promise<Answer>;

export function answererOf(routes: readonly Route[], parts: Parts): Answerer {
  const router = routerOf(routes);
  const access = accessOf(parts.users);
  const room: BodyBudget = { limit: 16 * MOST_BODY, used: 0 };
  return async (request, url) => {
    const isHead = request.method === "HEAD";
    const found = router.find(isHead ? "GET" : (request.method ?? "GET"), url.pathname.slice(BASE.length));
    if (!("route" in found)) throw noRoute(found);
    const { route, path } = found;
    if (isFromElsewhere(request, parts.secure))
      throw new Refusal(403, "cross_site", "Pages of other places get no answer.");
    const address = request.socket.remoteAddress ?? "";
    const user = access.userFor(request, route, address);
    const query = queryOf(route, url.searchParams);
    const body = route.method === "POST" ? await bodyOf(route, request, room) : {};
    const isWelcome = (): boolean => access.isWelcome(request, route);
    const { headers } = request;
    return route.take({ path, query, body, user, isWelcome, address, headers, isHead }, parts);
  };
}

/** @param methods those that the path has */
function noRoute(methods: readonly string[]): Refusal {
  if (methods.length === 0) return notFound("There is nothing here; /api/v1/openapi.json says what there is.");
  const allow = methods.join(", ");
  return new Refusal(405, "method", `Only ${methods.join(" and ")} is answered here.`, { allow });
}

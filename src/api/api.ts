import { openApi } from "./openapi.ts";
import type { Parts } from "./parts.ts";
import { type Route, type RouteTable, routeTable } from "./route.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { responseRoutes } from "./routes/responses.ts";
import { ruleRoutes } from "./routes/rules.ts";
import { sessionRoutes } from "./routes/session.ts";
import { statusRoutes } from "./routes/status.ts";

/** Everything that the API does. */
export function apiRoutes(parts: Parts): RouteTable {
  const routes: Route[] = [
    ...sessionRoutes(parts),
    ...statusRoutes(parts),
    ...alertRoutes(parts),
    ...ruleRoutes(parts),
    ...responseRoutes(parts),
  ];
  routes.push({
    method: "GET",
    path: "/openapi.json",
    role: undefined,
    about: "This document.",
    answer: { type: "object" },
    take: () => ({ json: openApi(routes, parts.sensor.status().version) }),
  });
  return routeTable(routes);
}

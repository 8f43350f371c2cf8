import type { Page } from "../../server/server.ts";
import { type ComponentHealth, componentNames, type Health } from "../../telemetry/health.ts";
import { downFeeds, observeHealth } from "./session-health.ts";
import type { SessionState } from "./state.ts";

/**
 * Returns the health of the agent, for probes. The body is `{"status":"ok"}` while all components are ok. Otherwise,
 * and with the query parameter `verbose`, the body lists the components. The HTTP status is 503 during startup, or if a
 * critical component has failed. `exclude=NAME` ignores a component, as in the Kubernetes API server.
 *
 * An origin that is down does not change the HTTP status, because restarting the agent would not fix it.
 */
export function healthPage(session: SessionState | undefined, health: Health, query: URLSearchParams): Page {
  if (session === undefined) return json({ status: "starting" }, 503);
  observeHealth(health, session);
  const excluded = new Set(query.getAll("exclude"));
  const considered = componentNames.filter((name) => !excluded.has(name));
  const status = health.overall(considered);
  if (status === "ok" && !query.has("verbose")) return json({ status });
  const components = Object.fromEntries(
    health
      .entries()
      .filter(([name]) => !excluded.has(name))
      .map(([name, state]) => [name, shown(state)]),
  );
  const down = downFeeds(session);
  return json({ status, components, ...(down.length > 0 && { down }) }, status === "failed" ? 503 : 200);
}

function shown({ state, reason, since }: ComponentHealth): unknown {
  return { status: state, ...(reason !== "" && { reason }), since: new Date(since).toISOString() };
}

function json(value: unknown, status = 200): Page {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

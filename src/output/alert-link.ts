import type { Alert } from "../alert/alert.ts";
import { factsOf } from "./alert-facts.ts";

/** Text of links and buttons that open an alert in the web UI. */
export const OPEN_ALERT = "Open alert in Eyas";

/** The configuration of the web UI that links depend on. */
export interface PageLocation {
  /** URL of the page without a trailing slash; empty if alerts have no links. */
  readonly public_url: string;
  /** The store from which the page reads alerts. */
  readonly store: "journal" | "elasticsearch" | "opensearch";
}

/**
 * Returns the URL of an alert in the web UI. The page finds alerts in the journal by the ID that the journal assigned,
 * and alerts in Elasticsearch and OpenSearch by the `uuid` that outputs send.
 * @returns undefined if no URL of the page is configured, or the page cannot find the alert because it is not stored
 */
export function alertLink({ public_url: page, store }: PageLocation, alert: Alert): string | undefined {
  const id = store === "journal" ? alert.id : factsOf(alert).id;
  return page === "" || id === undefined ? undefined : `${page}/alerts/${encodeURIComponent(id)}`;
}

/** Returns a copy of an alert with a link. Properties are copied by name, because some are getters. */
export function withLink(alert: Alert, link: string): Alert {
  const { id, rule, priority, source, tags, time, message, text, json, parts, received, identity, repeats } = alert;
  return {
    ...{ rule, priority, source, tags, time, message, text, json, link },
    ...(id !== undefined && { id }),
    ...(parts !== undefined && { parts }),
    ...(received && { received }),
    ...(identity !== undefined && { identity }),
    ...(repeats !== undefined && { repeats }),
  };
}

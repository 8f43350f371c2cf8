import type { Config } from "../../config/load.ts";
import { openApi } from "../../context/kubernetes/api.ts";
import { EYAS_RULES, reportsIn } from "../../context/kubernetes/rule-resource-paths.ts";
import type { RuleResource } from "../../context/kubernetes/rule-resources.ts";
import { watchCollection } from "../../context/kubernetes/watch.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { factsOf, listOf, textOf } from "../../transport/json.ts";
import { openClient } from "../../transport/kubernetes/client.ts";
import { configuredCredentials } from "../../transport/kubernetes/configured.ts";
import { isStatus } from "../../transport/kubernetes/error.ts";
import { reportNamespace } from "./report.ts";
import { trackReports } from "./reports.ts";
import type { RuleResources } from "./rule-resources.ts";
import { NodeCounter, type StatusFacts, statusFacts } from "./status.ts";

/** Writes the status of EyasRules resources. */
export interface StatusWriter {
  /** Must be called after each load of resources. */
  changed(): void;
  close(): Promise<void>;
}

/** Minimum interval between two rounds of writes, in milliseconds, while nodes report. */
const INTERVAL = 5000;
/**
 * Interval between rounds without changes, in milliseconds. Rounds are repeated since reports can become too old.
 */
const AGAIN = 60_000;

/**
 * Combines the reports of nodes into the status of each resource. Several processes can do this concurrently without a
 * leader, since they write the same values, and only values that have changed.
 * @returns undefined without credentials (logged by the watch of the resources), or without a namespace for the reports
 */
export async function openStatusWriter(
  settings: Config["kubernetes"],
  resources: Pick<RuleResources, "current" | "loaded">,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<StatusWriter | undefined> {
  const credentials = await configuredCredentials(settings, environment).catch(() => undefined);
  const namespace = reportNamespace(settings, environment);
  if (credentials === undefined) return undefined;
  if (namespace === undefined) {
    log(logLines.statusWithoutReports());
    return undefined;
  }
  const api = openApi(credentials, settings.timeout);
  const client = openClient(credentials, { timeout: settings.timeout });
  const reports = trackReports(soon);
  const counter = new NodeCounter();
  /** The last written status, by the UID of the resource. */
  let written = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> | undefined;
  let isClosed = false;
  let isLost = false;

  function soon(): void {
    timer ??= isClosed ? undefined : setTimeout(start, INTERVAL * (0.5 + Math.random() / 2)).unref();
  }

  function start(): void {
    work ??= writeAll().finally(() => {
      work = undefined;
      timer = undefined;
    });
  }

  async function writeAll(): Promise<void> {
    const { loaded } = resources;
    if (loaded === undefined) return;
    const rejected = new Map(loaded.rejected.map(({ resource, reason }) => [resource.uid, reason]));
    const kept = new Map<string, string>();
    for (const [resource, counts] of counter.count(loaded.wanted, reports.all(), Date.now())) {
      if (isClosed) return;
      const facts = statusFacts(counts, rejected.get(resource.uid));
      const now = JSON.stringify([resource.generation, facts]);
      if (written.get(resource.uid) !== now && !(await write(resource, facts))) continue;
      kept.set(resource.uid, now);
    }
    written = kept; // a failed write is repeated in the next round
  }

  /** @returns whether the status is up to date, or the resource was deleted */
  async function write(resource: RuleResource, facts: StatusFacts): Promise<boolean> {
    const path = [...EYAS_RULES, resource.name];
    try {
      const { metadata, status: before } = await client.request({ path, largest: 8 << 20 });
      if (factsOf(metadata).uid !== resource.uid) return true;
      const status = statusOf(resource, facts, before, new Date());
      if (isEqual(status, before)) return true;
      await client.request({
        ...{ method: "PATCH", path: [...path, "status"], type: "application/merge-patch+json", isFinal: true },
        // If the resource was created again, the request fails because the UID is different.
        body: { metadata: { uid: resource.uid }, status },
      });
      isLost = false;
      return true;
    } catch (error) {
      if (isStatus(error, 404, 409)) return true;
      if (!isLost && !isClosed) log(logLines.statusNotWritten(error instanceof Error ? error.message : String(error)));
      isLost = true;
      return false;
    }
  }

  const watched = { what: "EyasRulesReports", path: reportsIn(namespace) };
  const watch = watchCollection(api, watched, reports, {
    synced: soon,
    lost: (reason) => log(logLines.statusNotWritten(`cannot watch the reports of nodes: ${reason}`)),
  });
  const again = setInterval(soon, AGAIN).unref();
  const changed = (): void => {
    if (resources.loaded !== undefined) counter.remember(resources.loaded.wanted);
    soon();
  };
  changed();
  return {
    changed,
    async close() {
      isClosed = true;
      clearInterval(again);
      clearTimeout(timer);
      client.close();
      api.close();
      await Promise.all([watch.close(), work]);
    },
  };
}

/** The status as a Kubernetes object. The transition time of the condition changes only with the condition. */
export function statusOf(resource: RuleResource, facts: StatusFacts, before: unknown, now: Date): object {
  const { generation } = resource;
  const status = facts.accepted ? "True" : "False";
  const known = listOf(factsOf(before).conditions).find(({ type }) => type === "Accepted");
  const time = known?.status === status ? textOf(known.lastTransitionTime) : now.toISOString().replace(/\.\d+/, "");
  const { reason, message, nodes } = facts;
  return {
    observedGeneration: generation,
    conditions: [
      { type: "Accepted", status, reason, message, observedGeneration: generation, lastTransitionTime: time },
    ],
    nodes,
  };
}

/** Whether two JSON values are equal, regardless of the order of keys. */
function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, inOrder(each)]),
  );
}

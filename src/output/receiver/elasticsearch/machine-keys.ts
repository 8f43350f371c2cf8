import type { ElasticsearchKeys } from "./client.ts";

/** Whether agents write their states to this output. */
export function hasMachines({
  hostport,
  layout,
  reportstate,
}: Pick<ElasticsearchKeys, "hostport" | "layout" | "reportstate">): boolean {
  return hostport !== "" && layout === "ecs" && reportstate;
}

/** The keys for setting up the data stream of states instead of the data stream of alerts. */
export function machineKeys(keys: ElasticsearchKeys): ElasticsearchKeys {
  return { ...keys, datastream: keys.machines, retention: keys.machinesretention };
}

import { setTimeout } from "node:timers/promises";
import type { Store } from "../store.ts";
import { activityMethods } from "./activity.ts";
import { caseMethods } from "./cases.ts";
import { detailMethods } from "./details.ts";
import { openFleet } from "./fleet.ts";
import { flowMethods } from "./flows.ts";
import { groupMethods } from "./groups.ts";
import { listMethods } from "./lists.ts";
import type { FleetSettings } from "./settings.ts";
import { summaryMethods } from "./summaries.ts";

/** Maximum time to wait for a slow server when the page opens, in milliseconds. */
const OPEN_TIMEOUT = 2000;

/**
 * A fleet's Elasticsearch or OpenSearch as the page's store. Reads documents that `outputs.elasticsearch` and
 * `outputs.opensearch` write with layout `ecs`.
 * @param local the journal of this machine, for its responses, outputs, process trees and explanations
 * @throws Error with a message for the user if the settings conflict
 */
export async function elasticsearchStore(settings: FleetSettings, local: Store): Promise<Store> {
  const { name, keys } = settings;
  if (keys.hostport === "") throw new Error(`web_page.store is ${name}, but outputs.${name}.hostport is empty.`);
  if (keys.layout !== "ecs")
    throw new Error(`web_page.store is ${name}, which requires outputs.${name}.layout ecs, not ${keys.layout}.`);
  const fleet = openFleet(settings, local);
  await Promise.race([fleet.names.learn(), setTimeout(OPEN_TIMEOUT, undefined, { ref: false })]);
  return {
    isFleet: true,
    isField: fleet.names.has,
    facts: fleet.factsNow,
    outputs: local.outputs,
    deadLetters: local.deadLetters,
    responses: local.responses,
    suspended: local.suspended,
    responseStatus: local.responseStatus,
    ...listMethods(fleet),
    ...summaryMethods(fleet),
    ...groupMethods(fleet),
    ...caseMethods(fleet),
    ...flowMethods(fleet),
    ...detailMethods(fleet),
    ...activityMethods(fleet),
    ...fleet.machines,
    close: fleet.close,
  };
}

import type { IndexTemplate } from "../../index-template.ts";
import type { ElasticsearchKeys } from "./client.ts";
import { hasMachines, machineKeys } from "./machine-keys.ts";
import { machineContent } from "./machine-mapping.ts";
import type { Server } from "./server-version.ts";
import { alertContent, policyOf, type StoreKeys, type StreamContent, templatesOf } from "./templates.ts";

/** The policies and templates of alerts and of states of agents, in the order in which they must be created. */
export function allTemplates(keys: ElasticsearchKeys, server: Server): readonly IndexTemplate[] {
  const ofAlerts = templates(keys, server, alertContent);
  // The templates of states are also returned if no server is configured yet.
  if (!hasMachines({ ...keys, hostport: keys.hostport || "unknown" })) return ofAlerts;
  const ofMachines = templates(machineKeys(keys), server, machineContent);
  return [...ofAlerts, ...ofMachines.map((each) => ({ ...each, of: "machines" as const }))];
}

function templates(keys: StoreKeys, server: Server, content: StreamContent): readonly IndexTemplate[] {
  const policy = policyOf(keys, server, content);
  const { components, composed } = templatesOf(keys, server, policy !== undefined, content);
  return [...(policy === undefined ? [] : [policy]), ...components, composed];
}

import type { InternalEvent } from "../../alert/internal.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";
import type { LoadedResources } from "./isolate.ts";

/** Maximum number of rejected resources that are logged and raise alerts. Additional resources are only counted. */
const MOST = 20;

/** Log lines and alerts for resources that have become rejected, or are rejected for a different reason than before. */
export function newlyRejected(
  now: LoadedResources | undefined,
  before: LoadedResources | undefined,
): { readonly lines: readonly LogLine[]; readonly events: readonly InternalEvent[] } {
  const known = new Map(before?.rejected.map(({ resource, reason }) => [resource.uid, reason]));
  const fresh = now?.rejected.filter(({ resource, reason }) => known.get(resource.uid) !== reason) ?? [];
  const named = fresh.slice(0, MOST);
  const more = fresh.length - named.length;
  const lines = named.map(({ resource, reason }) => logLines.ruleResourceRejected(resource.name, reason));
  return {
    lines: more === 0 ? lines : [...lines, logLines.moreResourcesRejected(more)],
    events: named.map(({ resource, reason }) => ({
      rule: "Eyas internal: rules not reloaded",
      priority: "Error",
      message: `EyasRules ${resource.name} is rejected; its previous version, if any, stays active: ${reason}`,
      fields: { "eyas.reason": reason, "eyas.resource": resource.name },
    })),
  };
}

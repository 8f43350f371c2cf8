import { isIP } from "node:net";
import type { EcsType } from "../../../field/role.ts";
import { ecsFields } from "../../../field/roles.ts";
import { eventJson, type Facts, fieldText } from "../../facts.ts";
import { searchKeys } from "./search-keys.ts";

/** Version of the Elastic Common Schema. */
export const ECS_VERSION = "8.17.0";

interface Nested {
  [name: string]: Nested | string | number | readonly string[];
}

const severities = ["Debug", "Informational", "Notice", "Warning", "Error", "Critical", "Alert", "Emergency"];

/**
 * Converts an alert to an Elastic Common Schema document in JSON. `falco` contains the original alert, `eyas` the
 * search keys of the web UI.
 */
export function ecsDocument(facts: Facts): string {
  const { alert, id, hostname, isoTime } = facts;
  const document: Nested = {
    "@timestamp": isoTime,
    ecs: { version: ECS_VERSION },
    message: alert.message,
    tags: alert.tags,
    event: {
      id,
      kind: "alert",
      module: "falco",
      dataset: "falco.alerts",
      provider: alert.source,
      severity: severities.indexOf(alert.priority),
    },
    log: { level: alert.priority.toLowerCase() },
    rule: { name: alert.rule },
    observer: { vendor: "Eyas", product: "Eyas", type: "sensor", ...(hostname !== "" && { hostname }) },
    ...(hostname !== "" && { host: { name: hostname, hostname } }),
    ...threat(alert.tags),
  };
  for (const [field, ecs, kind] of ecsFields) {
    const value = valueAs(kind, fieldText(facts, field));
    if (value !== undefined) place(document, ecs.split("."), value);
  }
  const path = fieldText(facts, "fd.name");
  if (path?.startsWith("/")) place(document, ["file", "path"], path);
  if (fieldText(facts, "k8s.pod.name") !== undefined) place(document, ["orchestrator", "resource", "type"], "pod");
  if (document.orchestrator !== undefined) place(document, ["orchestrator", "type"], "kubernetes");
  const keys = JSON.stringify(searchKeys(facts));
  return `${JSON.stringify(document).slice(0, -1)},"eyas":${keys},"falco":${eventJson(facts)}}`;
}

function valueAs(kind: EcsType, text: string | undefined): string | number | undefined {
  if (text === undefined || text === "" || text === "<NA>") return undefined;
  if (kind === "text") return text;
  // Elasticsearch and OpenSearch reject zone identifiers
  if (kind === "ip") return isIP(text) === 0 || text.includes("%") ? undefined : text;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

function place(document: Nested, path: readonly string[], value: string | number): void {
  let at = document;
  for (const name of path.slice(0, -1)) {
    const inner = at[name];
    if (typeof inner === "object" && !Array.isArray(inner)) at = inner as Nested;
    else {
      const fresh: Nested = {};
      at[name] = fresh;
      at = fresh;
    }
  }
  const last = path.at(-1);
  if (last !== undefined && at[last] === undefined) at[last] = value;
}

/** MITRE ATT&CK techniques and tactics in the tags. */
function threat(tags: readonly string[]): Nested {
  const techniques = tags.filter((tag) => /^T\d{4}(\.\d{3})?$/.test(tag));
  const tactics = tags.filter((tag) => tag.startsWith("mitre_")).map((tag) => tag.slice("mitre_".length));
  if (techniques.length + tactics.length === 0) return {};
  return {
    threat: {
      framework: "MITRE ATT&CK",
      ...(tactics.length > 0 && { tactic: { name: tactics } }),
      ...(techniques.length > 0 && { technique: { id: techniques } }),
    },
  };
}

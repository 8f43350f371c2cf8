import { isIP } from "node:net";
import { eventJson, type Facts, fieldText } from "./facts.ts";
import { searchKeys } from "./search-keys.ts";

/** The version of the Elastic Common Schema that documents follow. */
export const ECS_VERSION = "8.17.0";

type Kind = "text" | "number" | "ip";

/** Falco's fields and what ECS calls them. A name that stands twice is filled by the first field that is there. */
export const ecsFields: readonly (readonly [falco: string, ecs: string, kind: Kind])[] = [
  ["evt.type", "event.action", "text"],
  ["proc.name", "process.name", "text"],
  ["proc.pid", "process.pid", "number"],
  ["proc.exepath", "process.executable", "text"],
  ["proc.cmdline", "process.command_line", "text"],
  ["proc.cwd", "process.working_directory", "text"],
  ["proc.pname", "process.parent.name", "text"],
  ["proc.ppid", "process.parent.pid", "number"],
  ["proc.pexepath", "process.parent.executable", "text"],
  ["proc.pcmdline", "process.parent.command_line", "text"],
  ["user.name", "user.name", "text"],
  ["user.uid", "user.id", "text"],
  ["group.name", "group.name", "text"],
  ["group.gid", "group.id", "text"],
  ["fd.filename", "file.name", "text"],
  ["fd.directory", "file.directory", "text"],
  ["fd.cip", "client.ip", "ip"],
  ["fd.cport", "client.port", "number"],
  ["fd.sip", "server.ip", "ip"],
  ["fd.sport", "server.port", "number"],
  ["fd.cip", "source.ip", "ip"],
  ["fd.cport", "source.port", "number"],
  ["fd.sip", "destination.ip", "ip"],
  ["fd.sport", "destination.port", "number"],
  ["fd.l4proto", "network.transport", "text"],
  ["net.src.ip", "source.ip", "ip"],
  ["net.src.port", "source.port", "number"],
  ["net.dst.ip", "destination.ip", "ip"],
  ["net.dst.port", "destination.port", "number"],
  ["net.proto", "network.transport", "text"],
  ["net.direction", "network.direction", "text"],
  ["net.community_id", "network.community_id", "text"],
  ["dns.name", "dns.question.name", "text"],
  ["tls.sni", "tls.client.server_name", "text"],
  ["http.host", "url.domain", "text"],
  ["http.url", "url.original", "text"],
  ["http.method", "http.request.method", "text"],
  ["http.status", "http.response.status_code", "number"],
  ["http.user_agent", "user_agent.original", "text"],
  ["container.id", "container.id", "text"],
  ["container.name", "container.name", "text"],
  ["container.image.repository", "container.image.name", "text"],
  ["container.image.tag", "container.image.tag", "text"],
  ["k8s.ns.name", "orchestrator.namespace", "text"],
  ["k8s.pod.name", "orchestrator.resource.name", "text"],
  ["k8s.pod.uid", "orchestrator.resource.id", "text"],
];

interface Nested {
  [name: string]: Nested | string | number | readonly string[];
}

const severities = ["Debug", "Informational", "Notice", "Warning", "Error", "Critical", "Alert", "Emergency"];

/**
 * The alert as a document of the Elastic Common Schema, as JSON; the original stands under `falco`, and what the web page
 * finds it by under `eyas`.
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
  for (const [falco, ecs, kind] of ecsFields) {
    const value = valueAs(kind, fieldText(facts, falco));
    if (value !== undefined) place(document, ecs.split("."), value);
  }
  const path = fieldText(facts, "fd.name");
  if (path?.startsWith("/")) place(document, ["file", "path"], path);
  if (fieldText(facts, "k8s.pod.name") !== undefined) {
    place(document, ["orchestrator", "type"], "kubernetes");
    place(document, ["orchestrator", "resource", "type"], "pod");
  }
  const keys = JSON.stringify(searchKeys(facts));
  return `${JSON.stringify(document).slice(0, -1)},"eyas":${keys},"falco":${eventJson(facts)}}`;
}

function valueAs(kind: Kind, text: string | undefined): string | number | undefined {
  if (text === undefined || text === "" || text === "<NA>") return undefined;
  if (kind === "text") return text;
  if (kind === "ip") return isIP(text) === 0 ? undefined : text;
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

/** What the tags say in the terms of MITRE ATT&CK. */
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

import type { JournalAlert } from "../../alert/entry.ts";
import { fromByteString } from "../../event/bytes.ts";
import { type ExecRequest, execRequestsOf } from "../../machine/exec-request.ts";
import { distanceOf } from "../../machine/exec-request-distance.ts";
import { matchExecRequests } from "../../machine/match-exec-requests.ts";
import type { Session } from "../../machine/session.ts";
import { fieldReader } from "./pod-relations.ts";

/** Kubernetes users who may have started the process of an alert. */
export interface Actors {
  /** Several users if the user is not certain. */
  readonly users: readonly string[];
  readonly certain: boolean;
  /** Whether the users are derived from alerts about requests instead of the alert itself. */
  readonly late: boolean;
}

/** Maximum number of exec requests to compare with sessions, nearest in time first. */
const MOST = 31;
/** Field with the names of ephemeral containers that a request adds. */
const DEBUG_CONTAINERS = "ka.req.pod.ephemeralContainers.name";
/** Maximum time by which the API server's clock is ahead of the node's clock, in nanoseconds. */
const EARLY = 2_000_000_000n;

/**
 * The users who may have started a process in a pod. Users named in the alert take precedence over users whose requests
 * raised alerts in the same store, regardless of when the audit events arrived.
 * @param others alerts about requests and processes of the same pod
 */
export function actorsOf(alert: JournalAlert, others: readonly JournalAlert[]): Actors | undefined {
  const field = fieldReader(alert);
  const user = field("k8s.exec.user");
  if (user !== "") return { users: [user], certain: true, late: false };
  const candidates = candidatesIn(alert);
  if (candidates.length > 0) return { users: candidates, certain: false, late: false };
  const own = sessionOf(alert);
  const requests = others.filter(({ received }) => !received || alert.received); // received alerts are not verified
  if (own === undefined) return entrantsOf(alert, requests);
  const execRequests = requests
    .flatMap(execRequestOf)
    .sort((a, b) => Math.abs(a.at - own.started) - Math.abs(b.at - own.started))
    .slice(0, MOST);
  const sessions = new Map([[keyOf(own), own]]);
  for (const other of others) {
    const session = sessionOf(other);
    if (session !== undefined && !sessions.has(keyOf(session))) sessions.set(keyOf(session), session);
  }
  const found = matchExecRequests([...sessions.values()], execRequests, (execRequest, session) =>
    distanceOf(execRequest, session, 0, undefined),
  );
  const { execRequests: possible = [], isCertain = false } = found[0] ?? {};
  const users = [...new Set(possible.map(({ requester }) => requester.user))].sort();
  return users.length === 0 ? undefined : { users, certain: isCertain && users.length === 1, late: true };
}

/** The candidates named in the alert. */
function candidatesIn(alert: JournalAlert): readonly string[] {
  return listIn(alert, "k8s.exec.candidates");
}

/** The strings of a list field: a JSON array, or the output format `(a,b)`. */
function listIn({ names, values }: JournalAlert, name: string): readonly string[] {
  const value: unknown = JSON.parse(values[names.indexOf(name)] ?? "[]");
  if (Array.isArray(value)) return value.filter((each) => typeof each === "string");
  const [, inner = ""] = typeof value === "string" ? (/^\((.*)\)$/s.exec(value) ?? []) : [];
  return inner === "" ? [] : inner.split(",");
}

/**
 * The users who may have caused a process that was not started by an exec request: the user who added the ephemeral
 * container of the process, and users attached to the container with input. For other containers, the user is never
 * certain, because the container's program may have started the process, and the end of an attach raises no alert.
 */
function entrantsOf(alert: JournalAlert, requests: readonly JournalAlert[]): Actors | undefined {
  const field = fieldReader(alert);
  const [pod, container] = [field("k8s.pod.name"), field("container.name")];
  if (pod === "" || container === "") return undefined;
  const isOwn = (name: string): boolean => name === container || container.startsWith(`k8s_${name}_${pod}_`);
  const earlier = requests
    .filter(({ time }) => time <= alert.time + EARLY)
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .map((request) => ({ request, read: fieldReader(request) }))
    .filter(({ read }) => read("ka.user.name") !== "" && !(Number(read("ka.response.code")) >= 400));
  // An update may repeat the names of containers that other users have added.
  const debug = earlier.find(({ request }) => listIn(request, DEBUG_CONTAINERS).some(isOwn));
  const attached = earlier.flatMap(({ read }) => {
    const [, query] = /\/attach\?(.*)$/s.exec(read("ka.uri")) ?? [];
    const parameters = new URLSearchParams(query ?? "");
    const named = parameters.get("container") ?? "";
    const hasInput = parameters.get("stdin") === "true" || parameters.get("stdin") === "1";
    return hasInput && (named === "" || isOwn(named)) ? [read("ka.user.name")] : [];
  });
  const users = [...new Set([...(debug === undefined ? [] : [debug.read("ka.user.name")]), ...attached])].sort();
  return users.length === 0 ? undefined : { users, certain: debug !== undefined && users.length === 1, late: true };
}

/**
 * The exec session of an alert about a process. The command of the session has one element, the complete command line.
 */
function sessionOf(alert: JournalAlert): Session | undefined {
  const field = fieldReader(alert);
  const started = Date.parse(field("k8s.exec.time"));
  const [pod, namespace, command] = [field("k8s.pod.name"), field("k8s.ns.name"), field("k8s.exec.command")];
  if (Number.isNaN(started) || pod === "" || command === "") return undefined;
  return {
    ...{ containerId: field("container.id"), podUid: field("k8s.pod.uid"), command: [command], isFirst: false },
    ...{ started, noticed: 0, names: { namespace, pod, container: "" }, requesters: [], isCertain: false },
  };
}

function keyOf({ containerId, started, command }: Session): string {
  return `${containerId} ${started} ${command[0]}`;
}

/** The exec request that an alert reports; empty for other requests and for rejected requests. */
function execRequestOf(alert: JournalAlert): readonly ExecRequest[] {
  const field = fieldReader(alert);
  const uri = field("ka.uri");
  const [, subresource = ""] = /\/pods\/[^/?]+\/([a-z]+)(?:\?|$)/.exec(uri) ?? [];
  if (subresource !== "exec" || Number(field("ka.response.code")) >= 400) return [];
  const time = new Date(Number(alert.time / 1_000_000n)).toISOString();
  const execRequests = execRequestsOf({
    ...{ auditID: field("ka.auditid") || alert.id, stage: "ResponseStarted", requestURI: uri },
    ...{ requestReceivedTimestamp: time, stageTimestamp: time, user: { username: field("ka.user.name") } },
    objectRef: {
      ...{ resource: "pods", subresource, namespace: field("ka.target.namespace"), name: field("ka.target.name") },
    },
  });
  return execRequests.map((execRequest) => ({
    ...execRequest,
    command: [fromByteString((execRequest.command ?? []).join(" "))],
  }));
}

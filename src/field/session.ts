import { identityOfAll } from "../machine/container-id.ts";
import type { Observed } from "../machine/observed.ts";
import { POD_UID } from "../machine/pods.ts";
import type { Requester, Session } from "../machine/session.ts";
import type { Field, Value } from "./field.ts";
import { type Extras, row } from "./row.ts";

/** Labels that kubelets set on containers. */
const POD_NAME = "io.kubernetes.pod.name";
const NAMESPACE = "io.kubernetes.pod.namespace";

/** A field about the session of a process; "" and empty lists count as missing. */
function ofSession(
  name: string,
  read: (session: Session) => Value | undefined,
  description: string,
  extras: Extras = {},
): Field {
  const reader = ({ machine, thread }: Observed): Value | undefined => {
    const session = thread === undefined ? undefined : machine.sessions?.of(thread);
    if (session === undefined) return undefined;
    const value = read(session);
    return value === "" || (Array.isArray(value) && value.length === 0) ? undefined : value;
  };
  return row(name, "CHARBUF", reader, description, extras);
}

/**
 * A field about the user of a session. The value is missing if another request may have started the session, or if the
 * value differs between the possible users.
 */
function ofRequester(
  name: string,
  read: (requester: Requester) => Value,
  description: string,
  extras: Extras = {},
): Field {
  const common = ({ requesters, isCertain }: Session): Value | undefined => {
    const [first] = requesters;
    if (first === undefined || !isCertain) return undefined;
    const value = read(first);
    for (const other of requesters) if (other !== first && String(read(other)) !== String(value)) return undefined;
    return value;
  };
  return ofSession(name, common, description, extras);
}

/** The users to whom the session may belong, if the audit log does not identify a single user. */
function candidates({ requesters, isCertain }: Session): readonly string[] | undefined {
  if (requesters.length === 0) return undefined;
  const users = [...new Set(requesters.map(({ user }) => user))];
  return isCertain && users.length === 1 ? undefined : users;
}

/** Whether a session is anything other than the regular start of its container. */
function isEntered({ isFirst, requesters }: Session): boolean {
  return !isFirst || requesters.length > 0;
}

function creator({ machine, thread }: Observed): string | undefined {
  const { creators, pods } = machine;
  if (creators === undefined || thread === undefined || thread.containerId === "") return undefined;
  const labels = machine.containerTable.get(thread.containerId)?.labels;
  const uid = identityOfAll(thread.cgroups).podUid || (labels?.get(POD_UID) ?? "");
  const pod = pods?.get(uid)?.pod;
  const names = pod ?? { uid, namespace: labels?.get(NAMESPACE) ?? "", name: labels?.get(POD_NAME) ?? "" };
  return creators.of({ ...names, created: pod?.created });
}

const OFTEN = { changes: "often" } as const;
const LIST = { list: true, testsMembers: true } as const satisfies Extras;

/** Fields about the user behind a process in a pod, from the audit log. */
export const sessionFields: readonly Field[] = [
  ofRequester(
    "k8s.exec.user",
    ({ user }) => user,
    "The user of the kubectl exec, attach or debug session that the process belongs to.",
    { about: "actor", as: "name", title: "Actor" },
  ),
  ofRequester("k8s.exec.groups", ({ groups }) => groups, "The groups of the session's user.", LIST),
  ofRequester("k8s.exec.source_ip", ({ sourceIp }) => sourceIp, "The source address of the session's user.", OFTEN),
  ofRequester("k8s.exec.user_agent", ({ userAgent }) => userAgent, "The user agent of the session's user."),
  ofRequester("k8s.exec.kind", ({ kind }) => kind, "Kind of the request: exec, attach or debug."),
  ofRequester("k8s.exec.id", ({ auditId }) => auditId, "The request's ID in the audit log (ka.auditid).", OFTEN),
  ofSession(
    "k8s.exec.candidates",
    candidates,
    "The possible users of the session, if the audit log does not identify the user; in this case, k8s.exec.user has no value.",
    { ...LIST, ...OFTEN, about: "actor", title: "Possible actors" },
  ),
  ofSession(
    "k8s.exec.command",
    (session) => (isEntered(session) ? session.command.join(" ") : undefined),
    "The command that was started in the pod from outside and that the process runs or descends from.",
  ),
  ofSession(
    "k8s.exec.time",
    (session) => (isEntered(session) ? new Date(session.started).toISOString() : undefined),
    "The time at which the command in k8s.exec.command was started, in UTC.",
    OFTEN,
  ),
  row(
    "k8s.pod.creator",
    "CHARBUF",
    creator,
    "The user who created the pod or, if a controller created it, who last changed its owner.",
    { about: "creator", title: "Creator of the pod" },
  ),
];

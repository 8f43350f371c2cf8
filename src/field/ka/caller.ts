import { isArray, type JsonObject } from "../../event/document.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Pod } from "../../machine/pods.ts";
import type { Field, Reader } from "../field.ts";
import { plainText, walk } from "../json-value.ts";
import type { Roles } from "../role.ts";
import { row } from "../row.ts";
import { auditOf } from "./read.ts";

const EXTRA = ["user", "extra"] as const;
/** Keys of `user.extra` with the pod to which a token is bound. Authenticators set them; clients cannot. */
const POD_NAME = "authentication.kubernetes.io/pod-name";
const POD_UID = "authentication.kubernetes.io/pod-uid";
/** User names of service accounts: `system:serviceaccount:NAMESPACE:NAME`. */
const ACCOUNT = /^system:serviceaccount:([^:]+):/;

/** The pod from which a request came. */
interface Caller {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly uid: string | undefined;
}

/** The pod according to the token of the request, otherwise the pod of this node with the client's address. */
function callerOf(event: Observed): Caller | undefined {
  const audit = auditOf(event);
  if (audit === undefined) return undefined;
  const [name, uid] = [extra(audit, POD_NAME), extra(audit, POD_UID)];
  if (name !== undefined || uid !== undefined) return { namespace: namespaceIn(audit), name, uid };
  const pod = podAt(event, audit);
  return pod && { namespace: pod.namespace, name: pod.name, uid: pod.uid };
}

function extra(audit: JsonObject, key: string): string | undefined {
  const values = walk(audit, [...EXTRA, key]);
  if (!isArray(values) || values.length !== 1) return undefined;
  const [value = null] = values;
  return plainText(value);
}

function namespaceIn(audit: JsonObject): string | undefined {
  const user = walk(audit, ["user", "username"]);
  return typeof user === "string" ? ACCOUNT.exec(user)?.[1] : undefined;
}

/**
 * The only pod of this node with the address that connected to the API server. Preceding addresses are provided by the
 * client and are not trusted.
 */
function podAt({ machine }: Observed, audit: JsonObject): Pod | undefined {
  const addresses = walk(audit, ["sourceIPs"]);
  const address = isArray(addresses) ? addresses.at(-1) : undefined;
  if (machine.pods === undefined || typeof address !== "string" || address === "") return undefined;
  let found: Pod | undefined;
  for (const { pod } of machine.pods.values()) {
    if (pod.ip !== address || pod.containers.some(({ hostNetwork }) => hostNetwork)) continue;
    if (found !== undefined) return undefined;
    found = pod;
  }
  return found;
}

function callerField(
  name: string,
  read: (caller: Caller) => string | undefined,
  description: string,
  roles: Roles = {},
): Field {
  const reader: Reader = (event) => {
    const caller = callerOf(event);
    return (caller && read(caller)) || undefined;
  };
  return row(name, "CHARBUF", reader, description, { joined: true, changes: "often", ...roles });
}

/** Fields about the pod from which a request came. */
export const callerFields: readonly Field[] = [
  callerField(
    "ka.user.pod.name",
    ({ name }) => name,
    "The pod that sent the request: the pod that the token belongs to, or the pod on this node with the source address.",
    { about: "caller", title: "Calling pod" },
  ),
  callerField("ka.user.pod.namespace", ({ namespace }) => namespace, "The namespace of the pod that sent the request."),
  callerField("ka.user.pod.uid", ({ uid }) => uid, "The UID of the pod that sent the request."),
];

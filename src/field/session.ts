import type { Observed } from "../machine/observed.ts";
import type { Visitor } from "../machine/session.ts";
import type { Field, Value } from "./field.ts";
import { row } from "./row.ts";

function ofVisitor(name: string, read: (visitor: Visitor) => Value, description: string, extras = {}): Field {
  const reader = ({ machine, thread }: Observed): Value | undefined => {
    const visitor = thread === undefined ? undefined : machine.sessions?.of(thread);
    if (visitor === undefined) return undefined;
    const value = read(visitor);
    return value === "" || (Array.isArray(value) && value.length === 0) ? undefined : value;
  };
  return row(name, "CHARBUF", reader, description, extras);
}

/** Fields of the user behind a process in a pod, from the audit log. */
export const sessionFields: readonly Field[] = [
  ofVisitor(
    "k8s.exec.user",
    ({ user }) => user,
    "The user of the kubectl exec, attach or debug session that the process belongs to.",
  ),
  ofVisitor("k8s.exec.groups", ({ groups }) => groups, "The groups of that user.", {
    list: true,
    askedByMember: true,
  }),
  ofVisitor("k8s.exec.source_ip", ({ sourceIp }) => sourceIp, "The source address of that user."),
  ofVisitor("k8s.exec.kind", ({ kind }) => kind, "Kind of the request: exec, attach or debug."),
  ofVisitor("k8s.exec.id", ({ auditId }) => auditId, "The request's id in the audit log (ka.auditid)."),
];

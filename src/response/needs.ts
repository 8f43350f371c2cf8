import type { Action, ActionRequest } from "./action.ts";

const process = ["proc.pid", "proc.pid.ts", "proc.vpid", "proc.ppid", "proc.name", "proc.exepath"];
const container = ["container.id", "container.full_id", "container.name"];
const address = ["fd.rip", "fd.sip", "fd.cip", "fd.lip", "net.src.ip", "net.dst.ip"];
const pod = ["k8s.ns.name", "k8s.pod.name", "k8s.pod.uid"].concat([
  "ka.target.name",
  "ka.target.namespace",
  "ka.target.pod.name",
  "ka.target.resource",
]);

/** The fields that actions of a kind look at, by what their names begin with: whose it is, where it happened. */
const byKind: Readonly<Record<string, readonly string[]>> = {
  host: [...process, ...container, ...address, "fd.name", "fd.ino", "user.name", "user.uid", "k8s.ns.name"],
  container: [...container, "proc.pid", "k8s.ns.name", "k8s.pod.name"],
  kubernetes: [...pod, "fd.rip", "fd.sip"],
  calico: [...pod, "fd.rip", "fd.sip"],
  cilium: [...pod, "fd.rip", "fd.sip"],
  "cloud-foundry": ["cf.app.id", "cf.app.name", "cf.process.type", "cf.instance.index", "cf.instance.guid"].concat([
    "cf.instance.ip",
    "container.id",
  ]),
  marathon: ["marathon.app.id", "mesos.task.id", "mesos.task.name", "container.id"],
};

/** The fields of alerts that an action looks at, with these parameters. */
export function fieldsOf(action: Action, parameters: ActionRequest["parameters"]): readonly string[] {
  const { name, fields = [] } = action;
  const kind = name.slice(0, name.indexOf(":"));
  const usual = Object.hasOwn(byKind, kind) ? byKind[kind] : [];
  return [...usual, ...fields, ...(action.fieldsIn?.(parameters) ?? [])];
}

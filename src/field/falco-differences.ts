/**
 * Fields whose values differ from those in Falco, with a description. The program does not load this file;
 * docs/compatibility.md is generated from it.
 */
export const differentFields: Readonly<Record<string, string>> = {
  "evt.abspath": "the `fd.*` fields of the event refer to the file, not to the directory of the path",
  "evt.buffer": "missing for a call that moved no bytes, where Falco prints the data of an earlier event",
  "evt.hostname": "in a capture, the machine that was recorded",
  "evt.pluginname":
    "missing for system calls, as in Falco; `k8saudit` for Kubernetes audit events, else the name of the source",
  "evt.plugininfo": "missing for system calls, as in Falco; else the event as JSON",
  "thread.exectime": "always 0: times of scheduler switches are not summed up",
  "thread.totexectime": "always 0: times of scheduler switches are not summed up",
  "proc.aname": "a list modifier (`anyof`) compares all items; Falco only the first one",
  "proc.aenv": "a list modifier (`anyof`) compares all items; Falco only the first one",
  "proc.apid": "`in` without a generation is true for any ancestor; never in Falco",
  "fd.snet": "list modifiers and `!=` compare with the networks",
  ...Object.fromEntries(
    ["fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name"].map((name) => [
      name,
      "names in DNS responses to watched processes, and names in rules, which are resolved in the background; " +
        "absent until known. Falco resolves the names in rules while the event waits",
    ]),
  ),
  "fd.types": "the highest descriptor first; Falco has the order of a hash table",
  "container.id": "the ID of the container also with nested cgroups; `host` for services, mounts and virtual machines",
  "container.full_id": "without a runtime, from the cgroup",
  "container.type": "without a runtime, from the cgroup",
  "k8s.pod.uid": "without a runtime, from the cgroup",
  "k8s.pod.id": "without a runtime, from the cgroup",
  ...Object.fromEntries(
    ["rc", "svc", "rs", "deployment"].flatMap((kind) =>
      ["name", "id", "label", "labels"].map((part) => [
        `k8s.${kind}.${part}`,
        "from the API server, if it is used; empty in Falco",
      ]),
    ),
  ),
  ...Object.fromEntries(
    ["k8s.ns.id", "k8s.ns.label", "k8s.ns.labels"].map((name) => [
      name,
      "from the API server, if it is used; empty in Falco",
    ]),
  ),
};

/** Fields of Falco that have no value in Eyas, with the reason. */
export const absentFields: Readonly<Record<string, string>> = {};

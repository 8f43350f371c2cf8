/**
 * Fields whose values differ from those in Falco, with a description. The program does not load this file;
 * docs/compatibility.md is generated from it.
 */
export const differentFields: Readonly<Record<string, string>> = {
  "evt.abspath": "the `fd.*` fields of the event refer to the file, not to the directory of the path",
  "evt.buffer": "missing for a call that transferred no bytes; Falco prints the data of an earlier event",
  "evt.hostname": "in a capture, the machine that was recorded",
  "evt.pluginname":
    "missing for system calls, as in Falco; `k8saudit` for Kubernetes audit events, otherwise the name of the source",
  "evt.plugininfo": "missing for system calls, as in Falco; otherwise the event as JSON",
  "thread.exectime": "always 0: times of scheduler switches are not accumulated",
  "thread.totexectime": "always 0: times of scheduler switches are not accumulated",
  "proc.aname": "a list modifier (`anyof`) compares all items; Falco compares only the first item",
  "proc.aenv": "a list modifier (`anyof`) compares all items; Falco compares only the first item",
  "proc.apid": "`in` without a generation is true if any ancestor matches; in Falco, it is never true",
  "fd.snet": "list modifiers and `!=` compare with the networks",
  ...Object.fromEntries(
    ["fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name"].map((name) => [
      name,
      "names in DNS responses to watched processes, and names in rules, which are resolved in the background; " +
        "absent until known. In Falco, events wait while the names in rules are resolved",
    ]),
  ),
  "fd.types": "ordered from the highest descriptor to the lowest; Falco uses the order of a hash table",
  "container.id":
    "also the ID of the container if cgroups are nested; `host` for services, mounts and virtual machines",
  "container.full_id": "if no runtime is available, derived from the cgroup",
  "container.type": "if no runtime is available, derived from the cgroup",
  "k8s.pod.uid": "if no runtime is available, derived from the cgroup",
  "k8s.pod.id": "if no runtime is available, derived from the cgroup",
  ...Object.fromEntries(
    ["rc", "svc", "rs", "deployment"].flatMap((kind) =>
      ["name", "id", "label", "labels"].map((part) => [
        `k8s.${kind}.${part}`,
        "from the API server, if enabled; empty in Falco",
      ]),
    ),
  ),
  ...Object.fromEntries(
    ["k8s.ns.id", "k8s.ns.label", "k8s.ns.labels"].map((name) => [
      name,
      "from the API server, if enabled; empty in Falco",
    ]),
  ),
};

/** Falco fields that have no value in Eyas, with the reason. */
export const absentFields: Readonly<Record<string, string>> = {};

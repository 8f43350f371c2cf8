import { isArray, type Json, type JsonObject, member } from "../../event/document.ts";
import type { Field } from "../field.ts";
import { walk } from "../json-value.ts";
import { collect, indexedField, listed, textsOf } from "./read.ts";
import { repositoryOf } from "./repository.ts";

/**
 * Reads values of the containers in a pod request. With an index, reads only the container at this index of its list.
 */
export type Containers = (audit: JsonObject, index: number | undefined) => readonly string[] | undefined;

/** @param list `containers`, `initContainers`, `ephemeralContainers` */
function containerValues(
  audit: JsonObject,
  list: string,
  keys: readonly string[],
  index: number | undefined,
): readonly (Json | undefined)[] | undefined {
  return collect(audit, ["requestObject", "spec", list, ...keys], index);
}

/** Reads the values that are present. */
function some(list: string, ...keys: readonly string[]): Containers {
  return (audit, index) => {
    const values = containerValues(audit, list, keys, index);
    return values && textsOf(values);
  };
}

/** Reads the value of every container; undefined if a container has none. */
function every(list: string, ...keys: readonly string[]): Containers {
  return (audit, index) => {
    const values = containerValues(audit, list, keys, index);
    return values === undefined || values.includes(undefined) ? undefined : textsOf(values);
  };
}

/** Reads the commands or arguments of the containers. The words of each container are joined to one string. */
function joined(list: string, key: string): Containers {
  return (audit, index) => {
    const lines: string[] = [];
    for (const words of containerValues(audit, list, [key], index) ?? []) {
      if (words === undefined) continue;
      if (!isArray(words) || !words.every((word) => typeof word === "string")) return undefined;
      lines.push(words.join(" "));
    }
    return listed(lines);
  };
}

export function images(list: string): Containers {
  return every(list, "image");
}

export function repositories(list: string): Containers {
  const read = images(list);
  return (audit, index) => read(audit, index)?.map(repositoryOf);
}

/** Reads all ports: the host port if there is one, otherwise the container port. */
function ports(list: string): Containers {
  return (audit, index) => {
    const found: (Json | undefined)[] = [];
    for (const each of containerValues(audit, list, ["ports"], index) ?? []) {
      if (each === undefined) continue;
      if (!isArray(each)) return undefined;
      for (const port of each) found.push(member(port, "hostPort") ?? member(port, "containerPort"));
    }
    return textsOf(found);
  };
}

/**
 * Reads the user or group of each container: the value of the container, otherwise the value of the pod, otherwise
 * root.
 */
function effectively(list: string, key: string): Containers {
  return (audit, index) => {
    const spec = walk(audit, ["requestObject", "spec"]);
    const containers = member(spec, list);
    if (!isArray(containers)) return undefined;
    const ofPod = walk(spec, ["securityContext", key]) ?? ROOT;
    const asked = index === undefined ? containers : containers.slice(index, index + 1);
    return textsOf(asked.map((container) => walk(container, ["securityContext", key]) ?? ofPod));
  };
}

const ROOT = 0;

function own(list: string, ...keys: readonly string[]): Containers {
  return some(list, "securityContext", ...keys);
}

type Row = readonly [name: string, read: (list: string) => Containers, says: string];

/** Fields for each list of containers. The descriptions continue with "of the requested pod's … containers". */
const rows: readonly Row[] = [
  ["args", (list) => joined(list, "args"), "The arguments, joined by spaces,"],
  ["command", (list) => joined(list, "command"), "The commands, with words joined by spaces,"],
  ["name", (list) => every(list, "name"), "The names"],
  ["image", images, "The images"],
  ["image.repository", repositories, "The images without tag and digest"],
  ["host_port", ports, "The host ports, otherwise the container ports,"],
  ["privileged", (list) => own(list, "privileged"), "The privileged flags"],
  ["allow_privilege_escalation", (list) => own(list, "allowPrivilegeEscalation"), "The allowPrivilegeEscalation flags"],
  ["read_only_fs", (list) => own(list, "readOnlyRootFilesystem"), "The readOnlyRootFilesystem flags"],
  ["run_as_user", (list) => own(list, "runAsUser"), "The IDs of the users named by the security contexts"],
  ["eff_run_as_user", (list) => effectively(list, "runAsUser"), "The user IDs (default: that of the pod, or 0)"],
  ["run_as_group", (list) => own(list, "runAsGroup"), "The IDs of the groups named by the security contexts"],
  ["eff_run_as_group", (list) => effectively(list, "runAsGroup"), "The group IDs (default: that of the pod, or 0)"],
  ["proc_mount", (list) => own(list, "procMount"), "The kinds of /proc mount"],
  ["add_capabilities", capabilities, "The added capabilities, in one list,"],
];

/** Reads the added capabilities of all containers. */
function capabilities(list: string): Containers {
  return (audit, index) => {
    const added = containerValues(audit, list, ["securityContext", "capabilities", "add"], index);
    return added && textsOf(added.flatMap((each) => (isArray(each) ? each : [])));
  };
}

const LISTS = [
  ["containers", "containers"],
  ["initContainers", "init containers"],
  ["ephemeralContainers", "ephemeral containers"],
] as const;

export const containerFields: readonly Field[] = LISTS.flatMap(([list, called]) =>
  rows
    .filter(([name]) => list !== "ephemeralContainers" || name !== "host_port") // ephemeral containers have no ports
    .map(([name, read, says]) =>
      indexedField(`ka.req.pod.${list}.${name}`, read(list), `${says} of the requested pod's ${called}.`),
    ),
);

/** `true` if a container of the requested pod is privileged, otherwise `false`. */
export function anyPrivileged(audit: JsonObject): string | undefined {
  const flags = containerValues(audit, "containers", ["securityContext", "privileged"], undefined);
  return flags && String(flags.includes(true));
}

/** Reads the value of the first container. */
export function ofFirst(read: Containers): (audit: JsonObject) => string | undefined {
  return (audit) => read(audit, 0)?.[0];
}

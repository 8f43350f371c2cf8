import { toByteString } from "../../event/bytes.ts";
import { isArray, isObject, type JsonObject } from "../../event/document.ts";
import { type Field, FieldArgumentError, type Reader } from "../field.ts";
import { walk } from "../json-value.ts";
import { row, rowWith } from "../row.ts";
import { anyPrivileged, containerFields, images, ofFirst, repositories } from "./containers.ts";
import { auditOf, collect, indexedField, listed, textField, textsAt, textsOf } from "./read.ts";

const SPEC = ["requestObject", "spec"] as const;
const CONTEXT = [...SPEC, "securityContext"] as const;

const POD = "For requests with a pod:";

function volumes(...keys: readonly string[]) {
  return (audit: JsonObject, index: number | undefined): readonly string[] | undefined => {
    const found = collect(audit, [...SPEC, "volumes", ...keys], index);
    return found && textsOf(found);
  };
}

const hostPaths = volumes("hostPath", "path");

/** Types of volumes: the keys of a volume, except its name. */
function volumeTypes(audit: JsonObject, index: number | undefined): readonly string[] | undefined {
  const all = walk(audit, [...SPEC, "volumes"]);
  if (!isArray(all)) return undefined;
  const asked = index === undefined ? all : all.slice(index, index + 1);
  return listed(
    asked.flatMap((volume) => (isObject(volume) ? Object.keys(volume) : [])).filter((key) => key !== "name"),
  );
}

/** Whether a volume is on a host path. The argument is the path, or a prefix followed by a star. */
function onHostPath(argument: string | undefined): Reader {
  if (argument === undefined || argument === "") {
    throw new FieldArgumentError("ka.req.volume.hostpath requires a path, for example ka.req.volume.hostpath[/etc*].");
  }
  const path = toByteString(argument);
  const matches = (one: string): boolean => one === path || (path.endsWith("*") && one.startsWith(path.slice(0, -1)));
  return (event) => {
    const audit = auditOf(event);
    if (audit === undefined || walk(audit, [...SPEC, "volumes"]) === undefined) return undefined;
    return String(hostPaths(audit, undefined)?.some(matches) ?? false);
  };
}

function one(name: string, read: (audit: JsonObject) => string | undefined, description: string): Field {
  const reader: Reader = (event) => {
    const audit = auditOf(event);
    return audit === undefined ? undefined : read(audit);
  };
  return row(name, "CHARBUF", reader, description);
}

/** Fields about the pod in a request. */
export const podFields: readonly Field[] = [
  ...containerFields,
  one("ka.req.container.image", ofFirst(images("containers")), `${POD} the image of the first container.`),
  one(
    "ka.req.container.image.repository",
    ofFirst(repositories("containers")),
    `${POD} the image of the first container without tag and digest.`,
  ),
  textField("ka.req.container.host_network", [...SPEC, "hostNetwork"], "The same as ka.req.pod.host_network."),
  one("ka.req.container.privileged", anyPrivileged, `${POD} true if a container is privileged, otherwise false.`),
  textField("ka.req.pod.host_ipc", [...SPEC, "hostIPC"], `${POD} whether the pod uses the host's IPC namespace.`),
  textField("ka.req.pod.host_network", [...SPEC, "hostNetwork"], `${POD} whether the pod uses the host's network.`),
  textField("ka.req.pod.host_pid", [...SPEC, "hostPID"], `${POD} whether the pod uses the host's PID namespace.`),
  textField(
    "ka.req.pod.run_as_user",
    [...CONTEXT, "runAsUser"],
    `${POD} the ID of the user that the containers run as.`,
  ),
  textField(
    "ka.req.pod.run_as_group",
    [...CONTEXT, "runAsGroup"],
    `${POD} the ID of the group that the containers run as.`,
  ),
  textField("ka.req.pod.fs_group", [...CONTEXT, "fsGroup"], `${POD} the ID of the group that owns the volumes.`),
  row(
    "ka.req.pod.supplemental_groups",
    "CHARBUF",
    textsAt(...CONTEXT, "supplementalGroups"),
    `${POD} the IDs of the containers' supplementary groups.`,
    { list: true, testsMembers: true },
  ),
  indexedField("ka.req.pod.volumes.hostpath", hostPaths, `${POD} the host paths of the volumes.`),
  indexedField(
    "ka.req.pod.volumes.flexvolume_driver",
    volumes("flexVolume", "driver"),
    `${POD} the drivers of the flexVolume volumes.`,
  ),
  indexedField("ka.req.pod.volumes.volume_type", volumeTypes, `${POD} the kinds of the volumes, such as hostPath.`),
  rowWith(
    "ka.req.volume.hostpath",
    "CHARBUF",
    onHostPath,
    `${POD} true if a volume is on this host path (ka.req.volume.hostpath[/etc*]: or in a subdirectory), otherwise false.`,
    { argument: { required: true, index: false, key: true } },
  ),
];

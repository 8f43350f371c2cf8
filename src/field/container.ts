import { EventCode } from "../event/code.ts";
import { globTest } from "../event/glob.ts";
import { type ContainerIdentity, identityOfAll } from "../machine/container-id.ts";
import { type Container, hostContainer, type Mount } from "../machine/container-info.ts";
import type { Observed } from "../machine/observed.ts";
import type { Thread } from "../machine/thread.ts";
import type { Field, FieldType, Value } from "./field.ts";
import { FieldArgumentError } from "./field.ts";
import { probeKind, probesOf } from "./probe.ts";
import type { Roles } from "./role.ts";
import { row, rowWith, wholeNumber } from "./row.ts";

/**
 * The container of the event's thread, or the container whose start or end the event reports. The host counts as a
 * container.
 */
export function containerOf(event: Observed): Container | undefined {
  const { thread, machine } = event;
  if (isAnnouncement(event)) return machine.announced;
  return thread === undefined ? undefined : machine.containerTable.get(thread.containerId);
}

/** Whether the event reports the start or end of a container. */
function isAnnouncement({ type, machine }: Observed): boolean {
  return (type === EventCode.ASYNCEVENT_E || type === EventCode.CONTAINER_JSON_2_E) && machine.announced !== undefined;
}

function containerId(event: Observed): string | undefined {
  const { thread, machine } = event;
  if (isAnnouncement(event)) return machine.announced?.id;
  return thread === undefined ? undefined : thread.containerId === "" ? "host" : thread.containerId;
}

/** A field whose value is from the container runtime. */
export function containerField(
  name: string,
  read: (container: Container, event: Observed) => Value | undefined,
  description: string,
  { type = "CHARBUF", ...roles }: Roles & { readonly type?: FieldType } = {},
): Field {
  const reader = (event: Observed): Value | undefined => {
    const container = containerOf(event);
    return container === undefined ? undefined : read(container, event);
  };
  return row(name, type, reader, description, roles);
}

/** A field whose value is from the container runtime or, if unknown, from the cgroup path; "" counts as missing. */
export function containerFieldOrCgroup(
  name: string,
  read: (container: Container) => string | undefined,
  stated: (identity: ContainerIdentity) => string,
  description: string,
  roles?: Roles,
): Field {
  const reader = (event: Observed): string | undefined => {
    const { thread } = event;
    const container = containerOf(event);
    const value = container === undefined ? undefined : read(container);
    if (thread === undefined || isAnnouncement(event)) return value;
    if (container === hostContainer || (value !== undefined && value !== "") || thread.containerId === "") return value;
    return stated(identityOfAll(thread.cgroups)) || undefined;
  };
  return row(name, "CHARBUF", reader, description, roles);
}

/** A field from the container runtime with an argument: a number, or a name, which may also follow a dot. */
export function containerFieldWith(
  name: string,
  index: boolean,
  bind: (argument: string) => (container: Container, event: Observed) => Value | undefined,
  description: string,
): Field {
  return rowWith(
    name,
    "CHARBUF",
    (argument) => {
      if (argument === undefined || argument === "") {
        throw new FieldArgumentError(`${name} requires an argument, for example ${name}[${index ? "0" : "app"}].`);
      }
      const read = bind(argument);
      return (event) => {
        const container = containerOf(event);
        return container === undefined ? undefined : read(container, event);
      };
    },
    description,
    { argument: { required: true, index, key: true, ...(!index && { dot: "too" }) } },
  );
}

/** Labels as one string, sorted, without the labels of runtimes and kubelets. */
export function labelsText(labels: ReadonlyMap<string, string>): string {
  const shown = [...labels].filter(([name]) => !name.startsWith("annotation.") && !name.startsWith("io.kubernetes."));
  shown.sort(([a], [b]) => (a < b ? -1 : 1));
  return shown.map(([name, value]) => (value === "" ? name : `${name}:${value}`)).join(", ");
}

function mountText({ source, destination, mode, writable, propagation }: Mount): string {
  return `${source}:${destination}:${mode}:${writable}:${propagation}`;
}

/** A field of a mount. Its argument is the index of the mount, or a glob pattern for its source or destination. */
function mountField(name: string, end: "source" | "destination", print: (mount: Mount) => string, what: string): Field {
  const bind = (argument: string) => {
    const number = wholeNumber(argument);
    if (number !== undefined) {
      return ({ mounts }: Container) => {
        const mount = mounts[number];
        return mount === undefined ? undefined : print(mount);
      };
    }
    const matches = globTest(argument, false);
    return ({ mounts }: Container) => {
      for (const mount of mounts) if (matches(mount[end])) return print(mount);
      return undefined;
    };
  };
  return containerFieldWith(name, true, bind, `${what}, selected by number or by ${end}, which can be a glob.`);
}

/** Start time of the thread's container; undefined for threads on the host. */
function started(thread: Thread): bigint | undefined {
  return thread.containerId === "" || thread.pidnsInitStart === 0n ? undefined : thread.pidnsInitStart;
}

/** The command of a probe as text. */
function probeText(
  kind: "healthcheck" | "liveness" | "readiness",
): (container: Container, event: Observed) => string | undefined {
  return (container, event) => {
    const probe = probesOf(container, event).find((each) => each.kind === kind);
    return probe === undefined ? undefined : [probe.exe, ...probe.args].join(" ");
  };
}

function probeField(name: string, kind: "healthcheck" | "liveness" | "readiness", what: string): Field {
  const read = (event: Observed): boolean | undefined =>
    event.thread === undefined ? undefined : probeKind(event) === kind;
  return row(
    name,
    "BOOL",
    read,
    `True for a process that the container's ${what} started, and for descendants of the process.`,
  );
}

export const containerFields: readonly Field[] = [
  row(
    "container.id",
    "CHARBUF",
    containerId,
    "The first twelve characters of the container's ID in the cgroup; host outside containers.",
    {
      about: "container",
      as: "id",
      title: "Container ID",
      changes: "often",
      column: "container_id",
      csv: 1,
      suggested: true,
      ecs: { "container.id": "text" },
    },
  ),
  containerFieldOrCgroup(
    "container.full_id",
    (container) => container.fullId,
    (identity) => identity.fullId,
    "The full ID of the container.",
    { about: "container", as: "trait", changes: "often" },
  ),
  containerField("container.name", ({ name }) => name, "The name of the container; host outside containers.", {
    about: "container",
    as: "name",
    title: "Container",
    column: "container_name",
    aliases: ["container"],
    csv: 2,
    suggested: true,
    ecs: { "container.name": "text" },
  }),
  containerField(
    "container.image",
    ({ image }) => image,
    "The image of the container, with its tag: example.org/web:1.",
  ),
  containerField("container.image.id", ({ imageId }) => imageId, "The ID of the container's image."),
  containerFieldOrCgroup(
    "container.type",
    ({ type }) => type,
    ({ engine }) => engine,
    "The runtime, such as docker or containerd; if unknown, the engine derived from the cgroup path; host outside containers.",
  ),
  containerField("container.privileged", ({ privileged }) => privileged, "True for privileged containers.", {
    type: "BOOL",
    about: "isolation",
    title: "Privileged",
  }),
  containerField(
    "container.mounts",
    ({ mounts }) => mounts.map(mountText).join(","),
    "All mounts, each as source:destination:mode:rdwr:propagation, separated by commas.",
  ),
  mountField("container.mount", "source", mountText, "One mount"),
  mountField("container.mount.source", "destination", ({ source }) => source, "The source of one mount"),
  mountField("container.mount.dest", "source", ({ destination }) => destination, "The destination of one mount"),
  mountField("container.mount.mode", "source", ({ mode }) => mode, "The mode of one mount"),
  mountField("container.mount.rdwr", "source", ({ writable }) => String(writable), "Whether one mount is writable"),
  mountField("container.mount.propagation", "source", ({ propagation }) => propagation, "The propagation of one mount"),
  containerField(
    "container.image.repository",
    ({ repository }) => repository,
    "The image's repository, such as example.org/web.",
    {
      about: "image",
      as: "name",
      title: "Image",
      suggested: true,
      aliases: ["image"],
      ecs: { "container.image.name": "text" },
    },
  ),
  containerField("container.image.tag", ({ tag }) => tag, "The image's tag.", {
    about: "image",
    title: "Image tag",
    suggested: true,
    ecs: { "container.image.tag": "text" },
  }),
  containerField("container.image.digest", ({ digest }) => digest, "The image's digest.", { joined: true }),
  containerField("container.healthcheck", probeText("healthcheck"), "The health check's command."),
  containerField("container.liveness_probe", probeText("liveness"), "The liveness probe's command."),
  containerField("container.readiness_probe", probeText("readiness"), "The readiness probe's command."),
  row(
    "container.start_ts",
    "ABSTIME",
    ({ thread }) => (thread === undefined ? undefined : started(thread)),
    "Start time of the container's PID namespace: nanoseconds since the epoch.",
    { wide: true },
  ),
  row(
    "container.duration",
    "RELTIME",
    (event) => {
      const since = event.thread === undefined ? undefined : started(event.thread);
      return since === undefined ? undefined : event.time - since;
    },
    "Nanoseconds since the start of the container's PID namespace.",
    { wide: true },
  ),
  containerField("container.ip", ({ ip }) => ip, "The container's first IPv4 address."),
  containerField(
    "container.cni.json",
    ({ cniJson }) => cniJson,
    "The result of the network plugin for the container, as JSON.",
  ),
  containerField(
    "container.host_pid",
    ({ hostPid }) => hostPid,
    "True if the container shares the host's PID namespace.",
    {
      type: "BOOL",
    },
  ),
  containerField(
    "container.host_network",
    ({ hostNetwork }) => hostNetwork,
    "True if the container shares the host's network.",
    {
      type: "BOOL",
    },
  ),
  containerField(
    "container.host_ipc",
    ({ hostIpc }) => hostIpc,
    "True if the container shares the host's IPC namespace.",
    {
      type: "BOOL",
    },
  ),
  containerFieldWith(
    "container.label",
    false,
    (label) =>
      ({ labels }) =>
        labels.get(label),
    "One label of the container, by its name.",
  ),
  containerField(
    "container.labels",
    ({ labels }) => labelsText(labels),
    "All labels, as name:value, separated by commas.",
  ),
  probeField("proc.is_container_healthcheck", "healthcheck", "health check"),
  probeField("proc.is_container_liveness_probe", "liveness", "liveness probe"),
  probeField("proc.is_container_readiness_probe", "readiness", "readiness probe"),
];

import type { Thread } from "../machine/thread.ts";
import type { Field, FieldType } from "./field.ts";
import { FieldArgumentError } from "./field.ts";
import { row, rowWith } from "./row.ts";

/** What only a container runtime knows: undefined until one is asked. */
const unknown = () => undefined;

function runtime(name: string, description: string, type: FieldType = "CHARBUF"): Field {
  return row(name, type, unknown, description);
}

/** The same with an argument: a number, or a name. */
export function runtimeWith(name: string, description: string, index: boolean): Field {
  return rowWith(
    name,
    "CHARBUF",
    (argument) => {
      if (argument === undefined || argument === "") {
        throw new FieldArgumentError(`${name} wants an argument, as in ${name}[${index ? "0" : "app"}].`);
      }
      return unknown;
    },
    description,
    { argument: { required: true, index, key: true } },
  );
}

/** When the thread's container was started; undefined for threads of the host. */
function started(thread: Thread): bigint | undefined {
  return thread.containerId === "" || thread.pidnsInitStart === 0n ? undefined : thread.pidnsInitStart;
}

export const containerFields: readonly Field[] = [
  row(
    "container.id",
    "CHARBUF",
    ({ thread }) => (thread === undefined ? undefined : thread.containerId === "" ? "host" : thread.containerId),
    "The first twelve characters of the container's id, as the thread's cgroup states it; host outside containers.",
  ),
  runtime("container.full_id", "The whole id of the container."),
  runtime("container.name", "The name of the container."),
  runtime("container.image", "The image the container was started from, with its tag: example.org/web:1."),
  runtime("container.image.id", "The id of that image."),
  runtime("container.type", "The runtime, such as docker or containerd."),
  runtime("container.privileged", "True for privileged containers.", "BOOL"),
  runtime("container.mounts", "All mounts, each as source:destination:mode:rdwr:propagation."),
  runtimeWith("container.mount", "One mount, by its number or by its source, which may hold a glob.", true),
  runtimeWith("container.mount.source", "The source of one mount, by its number or by its destination.", true),
  runtimeWith("container.mount.dest", "The destination of one mount, by its number or by its source.", true),
  runtimeWith("container.mount.mode", "The mode of one mount, by its number or by its source.", true),
  runtimeWith("container.mount.rdwr", "Whether one mount may be written, by its number or by its source.", true),
  runtimeWith("container.mount.propagation", "The propagation of one mount, by its number or by its source.", true),
  runtime("container.image.repository", "The image's repository: example.org/web."),
  runtime("container.image.tag", "The image's tag."),
  runtime("container.image.digest", "The image's digest."),
  runtime("container.healthcheck", "The health check's command."),
  runtime("container.liveness_probe", "The liveness probe's command."),
  runtime("container.readiness_probe", "The readiness probe's command."),
  row(
    "container.start_ts",
    "ABSTIME",
    ({ thread }) => (thread === undefined ? undefined : started(thread)),
    "When the container was started, as its pid namespace states it: nanoseconds since the epoch.",
    { wide: true },
  ),
  row(
    "container.duration",
    "RELTIME",
    (event) => {
      const since = event.thread === undefined ? undefined : started(event.thread);
      return since === undefined ? undefined : event.time - since;
    },
    "Nanoseconds since then.",
    { wide: true },
  ),
  runtime("container.ip", "The container's first address."),
  runtime("container.cni.json", "What the network plugin said of the container, as JSON."),
  runtime("container.host_pid", "True where it shares the host's process ids.", "BOOL"),
  runtime("container.host_network", "True where it shares the host's network.", "BOOL"),
  runtime("container.host_ipc", "True where it shares the host's IPC.", "BOOL"),
  runtimeWith("container.label", "One label of the container, by its name.", false),
  runtime("container.labels", "All labels, as name:value, separated by commas."),
  runtime("proc.is_container_healthcheck", "True for a process of the container's health check.", "BOOL"),
  runtime("proc.is_container_liveness_probe", "True for a process of the container's liveness probe.", "BOOL"),
  runtime("proc.is_container_readiness_probe", "True for a process of the container's readiness probe.", "BOOL"),
];

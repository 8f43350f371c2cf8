import { readFileSync } from "node:fs";
import { distinguishingFields, idFields, nameFields } from "../../../field/roles.ts";
import type { Action, ActionRequest, ActionResult, Parameter } from "../../action.ts";
import { numberOf, textOf } from "../../fields.ts";
import { fromOtherHost } from "../../host.ts";
import { choiceParameter, textIn, textParameter } from "../../parameters.ts";
import { ancestorsOf } from "../host/proc.ts";
import type { ContainerState, FoundContainer } from "./engine.ts";
import { containerOf, findContainer } from "./find.ts";
import { isOutside } from "./outside.ts";

/** Definition of an action for a container. */
interface ContainerAction {
  readonly name: string;
  readonly about: string;
  readonly example: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Container states in which the action applies. */
  readonly from: readonly ContainerState[];
  /** First word of result strings: "Paused". */
  readonly done: string;
  readonly suspendedBy?: string;
  readonly undoneBy?: string;
  does(container: FoundContainer, request: ActionRequest): Promise<void>;
}

/** Fields that identify the container, its process and its pod. */
const containerFields: readonly string[] = [
  ...distinguishingFields("container"),
  ...idFields("process"),
  ...nameFields("namespace"),
  ...nameFields("pod"),
];

const stateWords: Readonly<Record<ContainerState, string>> = {
  running: "is not paused",
  paused: "is already paused",
  ended: "has exited",
};

/** Creates an action that the container's runtime performs. */
export function containerAction(described: ContainerAction): Action {
  const { name, about, example, parameters = {}, from, done, does, suspendedBy, undoneBy } = described;
  return {
    name,
    about,
    example,
    ...(suspendedBy !== undefined && { suspendedBy }),
    ...(undoneBy !== undefined && { undoneBy }),
    parameters: {
      ...parameters,
      socket: textParameter("Socket of the runtime. Default: the sockets under `containers` in the configuration."),
      runtime: choiceParameter("Kind of runtime at `socket`.", ["docker", "podman", "containerd", "cri"], "docker"),
    },
    continues: true,
    repeatable: true,
    isLocal: true,
    fields: containerFields,
    permissions: [
      "read and write access to the socket of the container runtime, which is equivalent to root access to the machine",
      "the host's PID namespace (in Kubernetes `hostPID: true`), to detect the container in which Eyas runs",
    ],
    target(alert) {
      const found = containerOf(alert);
      if ("missing" in found) return found;
      const called = textOf(alert, "container.name");
      return { target: `container ${found.id.slice(0, 12)}${called === undefined ? "" : ` ${called}`}` };
    },
    async run(request) {
      const { alert, host, parameters: given, signal } = request;
      const otherHost = fromOtherHost(request);
      if (otherHost !== undefined) return skipped(otherHost);
      const asked = containerOf(alert);
      if ("missing" in asked) return { outcome: "failed", reason: asked.missing };
      const short = asked.id.slice(0, 12);
      if (isOwn(asked.id)) return skipped(`Container ${short} is the container in which Eyas runs.`);
      try {
        const where = { socket: textIn(given, "socket"), kind: textIn(given, "runtime") };
        const found = await findContainer(asked.id, host, where, signal);
        if (found === undefined)
          return skipped(`Container ${short} was not found in any container runtime on this machine.`);
        const { container, engine } = found;
        try {
          if (container.pid > 0 && ancestorsOf(process.pid).has(container.pid))
            return skipped(`Container ${short} is the container in which Eyas runs.`);
          if (isOutside(request, container)) {
            const who = `Process ${numberOf(alert, "proc.pid")}`;
            return skipped(`${who} is not in container ${short}: only the name of its cgroup contains this ID.`);
          }
          if (!from.includes(container.state)) return skipped(`Container ${short} ${stateWords[container.state]}.`);
          await does(container, request);
          const called = container.name === "" ? "" : ` (${container.name})`;
          return { outcome: "done", answer: `${done} container ${short}${called} by ${engine.name}.` };
        } finally {
          engine.close();
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { outcome: "failed", reason: `${name} failed for container ${short}: ${reason}.` };
      }
    },
  };
}

/** Whether this process (Eyas) runs in the container, according to its cgroup and mounts. */
function isOwn(id: string): boolean {
  if (!/^[0-9a-f]{12,}$/.test(id)) return false;
  try {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    const own = mounts.filter((line) => /^\d+ \d+ \S+ \S+ \/etc\/(?:hostname|hosts|resolv\.conf) /.test(line));
    return `${readFileSync("/proc/self/cgroup", "utf8")}${own.join("\n")}`.includes(id);
  } catch {
    return false;
  }
}

function skipped(reason: string): ActionResult {
  return { outcome: "skipped", reason };
}

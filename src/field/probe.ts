import type { Container, Probe, ProbeKind } from "../machine/container-info.ts";
import type { Machine } from "../machine/machine.ts";
import type { Observed } from "../machine/observed.ts";
import { mainThread, type Thread } from "../machine/thread.ts";
import { podOf } from "./pod.ts";

/** Maximum number of ancestors that are searched, since parent links may form a loop. */
const MAX_GENERATIONS = 64;

const NONE: readonly Probe[] = [];
/** Label with the name of a container, set by kubelets. */
const NAME = "io.kubernetes.container.name";

/** The probes of a container, from its runtime, otherwise from its pod. */
export function probesOf({ probes, labels }: Container, event: Observed): readonly Probe[] {
  if (probes.length > 0 || event.machine.pods === undefined) return probes;
  return podOf(event)?.pod.probes.get(labels.get(NAME) ?? "") ?? NONE;
}

/**
 * The kind of probe that started a process: the process or an ancestor runs the command of the probe, and the runtime
 * started that process from outside the container.
 */
export function probeKind(event: Observed): ProbeKind | undefined {
  const { thread, machine } = event;
  if (thread === undefined || thread.containerId === "") return undefined;
  const container = machine.containerTable.get(thread.containerId);
  const probes = container === undefined ? NONE : probesOf(container, event);
  if (probes.length === 0) return undefined;
  let kind: ProbeKind | undefined;
  let at: Thread | undefined = mainThread(thread) ?? thread;
  for (let i = 0; i < MAX_GENERATIONS && at !== undefined && at.containerId === thread.containerId; i++) {
    if (at.vpid === 1) return undefined; // the container itself started it
    kind = kindOf(probes, at) ?? kind;
    at = parentOf(machine, at);
  }
  return kind;
}

function kindOf(probes: readonly Probe[], { exe, args }: Thread): ProbeKind | undefined {
  for (const probe of probes) {
    if (probe.exe === exe && probe.args.length === args.length && probe.args.every((arg, i) => arg === args[i])) {
      return probe.kind;
    }
  }
  return undefined;
}

function parentOf(machine: Machine, thread: Thread): Thread | undefined {
  const parent = machine.threads.get(thread.ptid);
  return parent === undefined ? undefined : mainThread(parent);
}

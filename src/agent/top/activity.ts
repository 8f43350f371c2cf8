import { fromByteString } from "../../event/bytes.ts";
import type { Machine } from "../../machine/machine.ts";
import { mainThread, type Thread } from "../../machine/thread.ts";
import { BoundedCounts, type Counted } from "./bounded-counts.ts";

/** Maximum number of entries of each table. */
const MAX_ENTRIES = 1024;
/** Target number of samples per second for {@link Activity.step}. */
const SAMPLES_PER_SECOND = 500;
/** Bounds of {@link Activity.step}. */
const [MIN_STEP, MAX_STEP] = [16, 2048];
/** Step until the rate of events is known. */
const FIRST_STEP = 256;

/** A process that causes events. Processes with the same name in the same container are one entry. */
export interface ProcessEntry extends Counted {
  readonly name: string;
  readonly container: string;
  /** ID of the last sampled process. */
  pid: number;
  /** Whether several processes were sampled. */
  many: boolean;
}

/** A container whose processes cause events. The ID "" stands for processes outside of containers. */
export interface ContainerEntry extends Counted {
  readonly container: string;
}

/** The sampled part of an event. */
export interface Sampled {
  readonly thread: Thread | undefined;
}

/** Counts the events that an engine has read. */
interface CountedEngine {
  readonly events: number;
}

/**
 * Estimates which processes and containers cause events. Samples are evaluated events; each sample represents the
 * events since the previous sample. The estimator exists only while a client of `eyas top` is connected, so that there
 * is no cost otherwise.
 */
export class Activity {
  readonly processes = new BoundedCounts<ProcessEntry>(MAX_ENTRIES);
  readonly containers = new BoundedCounts<ContainerEntry>(MAX_ENTRIES);
  /** Number of events per sample: the engine is drained in steps of this size. */
  step = FIRST_STEP;
  private measured: { readonly events: number; readonly at: number } | undefined;

  /** Returns a function that samples an event of an engine. */
  sampler(engine: CountedEngine): (event: Sampled) => void {
    let counted = engine.events;
    let process: ProcessEntry | undefined;
    let container: ContainerEntry | undefined;
    return ({ thread }) => {
      const passed = engine.events - counted;
      counted = engine.events;
      if (process !== undefined) process.events += passed;
      if (container !== undefined) container.events += passed;
      process = this.processOf(thread);
      container = this.containerOf(thread);
    };
  }

  /** Counts the alert of an event. */
  countAlert({ thread }: Sampled): void {
    if (thread === undefined) return;
    this.processOf(thread).alerts++;
    this.containerOf(thread).alerts++;
  }

  /** Adapts the step to the rate of events. @param at milliseconds of any clock */
  adapt(events: number, at: number): void {
    const before = this.measured;
    this.measured = { events, at };
    if (before === undefined || at <= before.at || events < before.events) return;
    const rate = ((events - before.events) * 1000) / (at - before.at);
    this.step = Math.round(Math.min(MAX_STEP, Math.max(MIN_STEP, rate / SAMPLES_PER_SECOND)));
  }

  private processOf(thread: Thread | undefined): ProcessEntry {
    const main = thread && (mainThread(thread) ?? thread);
    const container = main?.containerId ?? "";
    const name = main?.comm ?? "";
    const pid = main?.pid ?? -1;
    const entry = this.processes.entry(`${container}\n${name}`, () => ({
      ...{ name, container, pid, many: false, events: 0, alerts: 0 },
    }));
    if (entry.pid !== pid) {
      entry.pid = pid;
      entry.many = true;
    }
    return entry;
  }

  private containerOf(thread: Thread | undefined): ContainerEntry {
    const container = thread?.containerId ?? "";
    return this.containers.entry(container, () => ({ container, events: 0, alerts: 0 }));
  }
}

/** Names of a container as UTF-8; "" for unknown names. */
export interface ContainerNames {
  readonly name: string;
  readonly image: string;
  /** Namespace and name of the pod, as `namespace/pod`. */
  readonly pod: string;
}

/** Returns the names of a container. @param id short ID; "" for processes outside of containers */
export function containerNames(machine: Machine, id: string): ContainerNames {
  const container = id === "" ? undefined : machine.containerTable.get(id);
  if (container === undefined) return { name: "", image: "", pod: "" };
  const { name, image, labels } = container;
  const pod = labels.get("io.kubernetes.pod.name") ?? "";
  const namespace = labels.get("io.kubernetes.pod.namespace") ?? "";
  return {
    name: fromByteString(name),
    image: fromByteString(image),
    pod: pod === "" ? "" : fromByteString(`${namespace}/${pod}`),
  };
}

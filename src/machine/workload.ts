// All strings in the interfaces of this module are byte strings.
import { type ContainerIdentity, identityOfAll, isKnownToRuntimes } from "./container-id.ts";
import { container } from "./container-info.ts";
import type { Machine } from "./machine.ts";
import { isRuntimesInit } from "./runtimes-init.ts";
import { environment, isMainThread, type Thread } from "./thread.ts";

/** A Mesos task. Unknown strings are "". */
export interface MesosTask {
  readonly id: string;
  readonly name: string;
  readonly frameworkId: string;
  readonly frameworkName: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Whether a process of the task itself was observed, rather than only a process of its executor. */
  readonly seen: boolean;
}

/** A Marathon app. */
export interface MarathonApp {
  /** ID of the app: `/group/app`. */
  readonly id: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** An instance of a Cloud Foundry app. */
export interface CloudFoundryInstance {
  readonly appId: string;
  readonly appName: string;
  readonly uris: readonly string[];
  readonly version: string;
  readonly spaceId: string;
  readonly spaceName: string;
  readonly orgId: string;
  readonly orgName: string;
  readonly processId: string;
  readonly processType: string;
  /** Address of the Cloud Controller. */
  readonly api: string;
  readonly index: string;
  readonly guid: string;
  readonly ip: string;
}

/** The workload in a container, with the names that its platform uses. */
export interface Workload {
  readonly mesos: MesosTask | undefined;
  readonly marathon: MarathonApp | undefined;
  readonly cf: CloudFoundryInstance | undefined;
  /** Display name; "" if unknown. */
  readonly name: string;
  /** Whether all details of the workload are known. If not, other processes of the container may add details. */
  readonly whole: boolean;
}

/** Reads an environment variable; "" if it is not set. */
export type ReadVariable = (name: string) => string;

/**
 * Detects the workload of a container from the environment of a process that was started in it.
 * @param known the earlier result, which the new result replaces
 * @returns undefined if there is nothing new
 */
export type DetectWorkload = (
  variables: ReadVariable,
  identity: ContainerIdentity,
  known: Workload | undefined,
) => Workload | undefined;

export interface WorkloadHooks {
  readonly read: DetectWorkload;
  /** Reads the full environment of a running process from `/proc`; undefined if it is not readable. */
  readonly environment?: (pid: number) => string | undefined;
}

interface Entry {
  workload: Workload | undefined;
  /** Number of processes that may still be examined. */
  left: number;
  ended: boolean;
}

/** Maximum number of stored containers. Above this limit, the oldest are dropped. */
const MAX_CONTAINERS = 4096;
/** Maximum number of processes examined per container. */
const MAX_PROCESSES = 64;
/** Maximum size of an environment in an event, in bytes. */
const MAX_ENVIRONMENT = 4096;

/** The workloads in the containers of a machine. */
export class Workloads {
  /** Called when a workload is found or has new details. */
  found: ((id: string, identity: ContainerIdentity, workload: Workload) => void) | undefined = undefined;
  private readonly hooks: WorkloadHooks;
  private readonly byContainer = new Map<string, Entry>();

  constructor(hooks: WorkloadHooks) {
    this.hooks = hooks;
  }

  /**
   * The workload of a container.
   * @param id short ID of the container
   */
  get(id: string): Workload | undefined {
    return this.byContainer.get(id)?.workload;
  }

  get size(): number {
    return this.byContainer.size;
  }

  /**
   * Examines a process that executes a program in a container if the process was started from outside, because other
   * processes may have any environment. In Mesos, tasks, which the executor starts, are also examined.
   */
  processStarted(machine: Machine, thread: Thread): void {
    const { containerId } = thread;
    if (containerId === "" || !isMainThread(thread)) return;
    const entry = this.entryOf(containerId);
    if (entry.left === 0 || isRuntimesInit(thread)) return;
    const identity = identityOfAll(thread.cgroups);
    const { engine, user } = identity;
    if (machine.isLive && user !== undefined) return; // users choose the environment in their own containers
    const inside = machine.threads.get(thread.ptid)?.containerId === containerId && thread.vpid !== 1;
    if (inside && engine !== "mesos") return;
    entry.left--;
    const { variables, cut } = this.environmentOf(thread);
    const found = this.hooks.read(variables, identity, entry.workload);
    if (found !== undefined) {
      entry.workload = found;
      nameContainer(machine, containerId, identity, found);
      this.found?.(containerId, identity, found);
    }
    // The first process has the complete environment, except in Garden, which starts the app beside its own init.
    if (found?.whole === true || (!cut && engine !== "garden" && engine !== "mesos")) entry.left = 0;
  }

  /** Replaces the workload of a container with a more complete one. */
  complete(machine: Machine, id: string, identity: ContainerIdentity, workload: Workload): void {
    const entry = this.byContainer.get(id);
    if (entry === undefined || entry.ended) return;
    entry.workload = workload;
    nameContainer(machine, id, identity, workload);
  }

  /** Marks a container as stopped. Its workload remains stored until the ID is used again or space is needed. */
  end(id: string): void {
    const entry = this.byContainer.get(id);
    if (entry !== undefined) entry.ended = true;
  }

  clear(): void {
    this.byContainer.clear();
  }

  private entryOf(id: string): Entry {
    const known = this.byContainer.get(id);
    if (known !== undefined && !known.ended) return known;
    const entry: Entry = { workload: undefined, left: MAX_PROCESSES, ended: false };
    this.byContainer.delete(id);
    this.byContainer.set(id, entry);
    if (this.byContainer.size > MAX_CONTAINERS) {
      for (const oldest of this.byContainer.keys()) {
        this.byContainer.delete(oldest);
        break;
      }
    }
    return entry;
  }

  /** The environment of a thread, from the event or, if that is truncated, from `/proc`. */
  private environmentOf(thread: Thread): { readonly variables: ReadVariable; readonly cut: boolean } {
    let texts = environment(thread);
    let cut = texts.reduce((sum, text) => sum + text.length + 1, 0) >= MAX_ENVIRONMENT - 1;
    if (cut) {
      const whole = this.hooks.environment?.(thread.pid);
      // Checks that the process has not executed another program in the meantime.
      if (whole?.startsWith(texts.slice(0, -1).join("\0")) === true) {
        texts = whole.split("\0");
        cut = false;
      }
    }
    const variables = (name: string): string => {
      const start = `${name}=`;
      for (const text of texts) if (text.startsWith(start)) return text.slice(start.length);
      return "";
    };
    return { variables, cut };
  }
}

/** Sets the name of a container that is unknown to the runtimes. */
function nameContainer(machine: Machine, id: string, identity: ContainerIdentity, workload: Workload): void {
  if (isKnownToRuntimes(identity) || workload.name === "") return;
  const { fullId, engine } = identity;
  machine.containerTable.put(container({ id, fullId, type: engine, name: workload.name }));
}

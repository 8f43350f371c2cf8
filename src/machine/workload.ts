import { type ContainerIdentity, identityOfAll, isKnownToRuntimes } from "./container-id.ts";
import { container } from "./container-info.ts";
import type { Machine } from "./machine.ts";
import { isRuntimesInit } from "./runtimes-init.ts";
import { environment, isMainThread, type Thread } from "./thread.ts";

/** A task of Mesos. Text is byte strings, here and below; "" where it is not known. */
export interface MesosTask {
  readonly id: string;
  readonly name: string;
  readonly frameworkId: string;
  readonly frameworkName: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Whether the task itself was seen, rather than the executor that starts it. */
  readonly seen: boolean;
}

/** An app of Marathon. */
export interface MarathonApp {
  /** `/group/app` */
  readonly id: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** An instance of an app of Cloud Foundry. */
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
  /** The address of the Cloud Controller. */
  readonly api: string;
  readonly index: string;
  readonly guid: string;
  readonly ip: string;
}

/** What runs in a container, as the platform that started it calls it. */
export interface Workload {
  readonly mesos: MesosTask | undefined;
  readonly marathon: MarathonApp | undefined;
  readonly cf: CloudFoundryInstance | undefined;
  /** What people would call it; "" where that is not known. */
  readonly name: string;
  /** Whether more is to be learnt from other processes of the container. */
  readonly whole: boolean;
}

/** Reads the variable of that name; "" where there is none. */
export type ReadVariable = (name: string) => string;

/**
 * Finds out what runs in a container from the environment of a process that was started in it.
 * @param known what was found before; what it returns takes the place of that. Undefined where there is nothing to say.
 */
export type DetectWorkload = (
  variables: ReadVariable,
  identity: ContainerIdentity,
  known: Workload | undefined,
) => Workload | undefined;

export interface WorkloadHooks {
  readonly read: DetectWorkload;
  /** The whole environment of a process that lives, as `/proc` has it; undefined where it can't be read. */
  readonly environment?: (pid: number) => string | undefined;
}

interface Entry {
  workload: Workload | undefined;
  /** Processes that may still be looked at. */
  left: number;
  ended: boolean;
}

/** Containers remembered at most: the oldest go. */
const MOST = 4096;
/** Processes of a container whose environment is looked at, where the first don't tell. */
const LOOKS = 64;
/** Events keep so many bytes of an environment. */
const KEPT = 4096;

/** What runs in the containers of a machine. */
export class Workloads {
  /** Told of each container of which something new was found. */
  found: ((id: string, identity: ContainerIdentity, workload: Workload) => void) | undefined = undefined;
  private readonly hooks: WorkloadHooks;
  private readonly byContainer = new Map<string, Entry>();

  constructor(hooks: WorkloadHooks) {
    this.hooks = hooks;
  }

  /** @param id the container's short id */
  get(id: string): Workload | undefined {
    return this.byContainer.get(id)?.workload;
  }

  get size(): number {
    return this.byContainer.size;
  }

  /**
   * A process runs a program in a container. Only one that was started from outside says what runs there: whatever is
   * started by others may have been given any environment. In Mesos, the executor starts the task itself.
   */
  processStarted(machine: Machine, thread: Thread): void {
    const { containerId } = thread;
    if (containerId === "" || !isMainThread(thread)) return;
    const entry = this.entryOf(containerId);
    if (entry.left === 0 || isRuntimesInit(thread)) return;
    const identity = identityOfAll(thread.cgroups);
    const { engine } = identity;
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
    // What a runtime starts first has all there is; Garden starts the app beside an init of its own.
    if (found?.whole === true || (!cut && engine !== "garden" && engine !== "mesos")) entry.left = 0;
  }

  /** More is known of what runs in a container. */
  complete(machine: Machine, id: string, identity: ContainerIdentity, workload: Workload): void {
    const entry = this.byContainer.get(id);
    if (entry === undefined || entry.ended) return;
    entry.workload = workload;
    nameContainer(machine, id, identity, workload);
  }

  /** The container has ended. What ran in it is remembered until another of that name begins, or others need the room. */
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
    const entry: Entry = { workload: undefined, left: LOOKS, ended: false };
    this.byContainer.delete(id);
    this.byContainer.set(id, entry);
    if (this.byContainer.size > MOST) {
      for (const oldest of this.byContainer.keys()) {
        this.byContainer.delete(oldest);
        break;
      }
    }
    return entry;
  }

  /** The environment that the event told, or where that was cut the whole of it. */
  private environmentOf(thread: Thread): { readonly variables: ReadVariable; readonly cut: boolean } {
    let texts = environment(thread);
    let cut = texts.reduce((sum, text) => sum + text.length + 1, 0) >= KEPT - 1;
    if (cut) {
      const whole = this.hooks.environment?.(thread.pid);
      // The process may have become another program since.
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

/** What no runtime tells of has its name from here. */
function nameContainer(machine: Machine, id: string, identity: ContainerIdentity, workload: Workload): void {
  if (isKnownToRuntimes(identity) || workload.name === "") return;
  const { fullId, engine } = identity;
  machine.containerTable.put(container({ id, fullId, type: engine, name: workload.name }));
}

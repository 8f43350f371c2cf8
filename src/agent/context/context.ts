import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/load.ts";
import type { ContainerIdentity } from "../../machine/container-id.ts";
import type { Creators } from "../../machine/creators.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Workload, Workloads } from "../../machine/workload.ts";
import { requireTrusted } from "../../server/file-trust.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { enabledSources, hasProcesses, hasSessions } from "../documents/settings.ts";
import { Failure } from "../failure.ts";
import type { ReadyRules } from "../load/ready-rules.ts";
import { hostRoot } from "../sensor/host-root.ts";
import type { CreatorLog } from "./creator-log.ts";
import type { HostMetadata } from "./host.ts";
import { type Cluster, type ClusterCounts, type NeededPodData, openCluster } from "./kubernetes.ts";
import type { Names } from "./names.ts";

/** Configuration sections that control enrichment. */
export type ContextSettings = Pick<
  Config,
  "cloud" | "cluster" | "engine" | "host" | "kubernetes" | "mesos" | "sources"
>;
type Wants = Pick<
  ReadyRules,
  "listedNames" | "wantsHost" | "wantsNames" | "wantsPods" | "wantsSessions" | "wantsWorkloads"
>;

/** Enrichment: adds metadata of the machine and its workloads to events. */
export interface Context extends Component {
  apply(next: { readonly config: ContextSettings; readonly rules: Wants }): Promise<void>;
  /** Counters of requests to the API server; undefined without an API server. */
  readonly cluster: ClusterCounts | undefined;
  close(): void;
}

export interface ContextOptions {
  readonly machine: Machine;
  /** False in a replay, in which metadata comes only from the capture and the configuration. */
  readonly live: boolean;
  readonly log: Log;
  /** Called when metadata arrives, since events may be waiting for the metadata. */
  readonly arrived: () => void;
  /** Directory of the file that stores the users who created pods; undefined disables persistence. */
  readonly state?: string;
}

/**
 * Opens the enrichment that rules and outputs need.
 * @throws Failure if a configured file cannot be read
 */
export async function openContext(settings: ContextSettings, wants: Wants, options: ContextOptions): Promise<Context> {
  const { log } = options;
  let creatorLog: CreatorLog | undefined;
  let cluster: Cluster | undefined;
  let host: HostMetadata | undefined;
  let mesos = NO_LOOKUP;
  let names: Names | undefined;
  /** The options with which the connection to the API server was opened. */
  let openedFor = "";

  /**
   * Reconnects to the API server only if options changed, since listing all pods again is expensive for the API server.
   */
  async function watchPods(settings: ContextSettings, wanted: NeededPodData): Promise<void> {
    const { kubernetes } = settings;
    const wantedFor =
      options.live && wanted.pods && hasOwnProcesses(settings) ? JSON.stringify([kubernetes, wanted]) : "";
    if (wantedFor === openedFor) return;
    openedFor = wantedFor;
    cluster?.close();
    cluster = wantedFor === "" ? undefined : await openCluster(kubernetes, wanted, options);
  }

  const open = async (settings: ContextSettings, wants: Wants): Promise<void> => {
    mesos = await watchWorkloads(settings, wants.wantsWorkloads, options, mesos);
    await watchPods(settings, wants.wantsPods);
    await watchSessions(settings, wants.wantsSessions, options);
    const { creators } = options.machine;
    if (creators === undefined) creatorLog?.close();
    creatorLog = creators === undefined ? undefined : (creatorLog ?? (await openCreators(options, creators)));
    names ??= wants.wantsNames ? (await import("./names.ts")).openNames(options) : undefined;
    names?.apply(wants.wantsNames, wants.listedNames);
    if (wants.wantsHost) {
      host ??= (await import("./host.ts")).openHostMetadata(options);
      await host.apply(settings);
    }
  };
  await open(settings, wants);
  return {
    async apply({ config, rules }) {
      try {
        await open(config, rules);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log(logLines.platformLost("Mesos", error.message.replace(/\.$/, "")));
      }
    },
    get cluster() {
      return cluster;
    },
    close() {
      cluster?.close();
      host?.close();
      host = undefined;
      mesos.close();
      mesos = NO_LOOKUP;
      names?.close();
      creatorLog?.close();
      openedFor = "";
    },
  };
}

/**
 * Whether an enabled source has events of processes on this machine, which can run in pods. Kubernetes audit events do
 * not identify processes.
 */
function hasOwnProcesses(settings: ContextSettings): boolean {
  return settings.engine.kind !== "nodriver" || enabledSources(settings).some(hasProcesses);
}

/**
 * Starts or stops joining processes in pods with the users in the audit events of exec requests, and pods with the
 * users who created them.
 */
async function watchSessions(settings: ContextSettings, wanted: boolean, options: ContextOptions) {
  const { machine, live } = options;
  if (!wanted || !live) {
    machine.sessions = undefined;
    machine.creators = undefined;
    return;
  }
  const [{ Sessions }, { Creators }] = await Promise.all([
    import("../../machine/sessions.ts"),
    import("../../machine/creators.ts"),
  ]);
  machine.sessions ??= new Sessions(machine);
  machine.creators ??= new Creators();
  machine.sessions.timeout = enabledSources(settings).some(hasSessions) ? settings.kubernetes.exec_patience : 0;
}

/** Restores the users who created pods from a file, and stores new users in the file. */
async function openCreators({ state }: ContextOptions, creators: Creators): Promise<CreatorLog | undefined> {
  if (state === undefined) return undefined;
  const { openCreatorLog } = await import("./creator-log.ts");
  return openCreatorLog(join(state, "creators.jsonl"), creators);
}

/** A lookup for the metadata of Mesos tasks. */
interface MesosLookup {
  /** Settings and certificates with which the lookup was opened. */
  readonly openedFor: string;
  readonly found: Workloads["found"];
  close(): void;
}

const NO_LOOKUP: MesosLookup = { openedFor: "", found: undefined, close() {} };

/**
 * Enables the detection of workloads in containers.
 * @returns the metadata lookup; `before` if its settings are unchanged
 */
async function watchWorkloads(
  settings: ContextSettings,
  wanted: boolean,
  options: ContextOptions,
  before: MesosLookup,
): Promise<MesosLookup> {
  const { machine, live } = options;
  let { workloads } = machine;
  if (workloads === undefined) {
    if (!wanted) return before;
    const { Workloads } = await import("../../machine/workload.ts");
    const { readWorkload } = await import("../../context/workloads.ts");
    const { environmentReader } = await import("../../source/syscall/proc/environment.ts");
    workloads = new Workloads({ read: readWorkload, ...(live && { environment: environmentReader(hostRoot) }) });
  }
  const lookup = wanted ? await mesosLookup(settings, options, workloads, before) : NO_LOOKUP;
  if (lookup !== before) before.close();
  workloads.found = lookup.found;
  if (machine.workloads === undefined) machine.watchWorkloads(workloads);
  return lookup;
}

/**
 * Returns a lookup that adds metadata from Mesos and Marathon to a workload. Reopens the lookup only if its settings
 * changed: closing a lookup cancels its requests, which would leave workloads without metadata.
 */
async function mesosLookup(
  { mesos: settings }: ContextSettings,
  { machine, live, log, arrived }: ContextOptions,
  workloads: Workloads,
  before: MesosLookup,
): Promise<MesosLookup> {
  const { agent, marathon, timeout } = settings;
  if (!live || (agent === "" && marathon === "")) return NO_LOOKUP;
  const tls = tlsOf(settings);
  const openedFor = JSON.stringify([settings, tls]);
  if (openedFor === before.openedFor) return before;
  const { openMesos } = await import("../../context/mesos/mesos.ts");
  const client = { agent, marathon, timeout, tls, token: () => tokenOf(settings) };
  const mesos = openMesos(client, {
    lost: (which, reason) => log(logLines.platformLost(which, reason)),
    back: (which) => log(logLines.platformRecovered(which)),
  });
  const { containerTable } = machine;

  async function learn(id: string, identity: ContainerIdentity, workload: Workload): Promise<void> {
    if (workload.mesos === undefined) return;
    containerTable.expect(id);
    const more = await mesos.learn(identity.fullId, workload);
    const now = workloads.get(id);
    if (more !== undefined && now !== undefined) workloads.complete(machine, id, identity, more(now));
    containerTable.arrived(id);
    arrived();
  }
  return { openedFor, found: (...task) => void learn(...task), close: () => mesos.close() };
}

/** Reads the certificates for requests to Mesos and Marathon. @throws Failure if a file cannot be read */
function tlsOf({ ca_cert, client_cert, client_key }: ContextSettings["mesos"]): {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
} {
  const read = (key: string, path: string): string => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      throw new Failure(`mesos.${key}: cannot read ${path}.`);
    }
  };
  return {
    ...(ca_cert !== "" && { ca: read("ca_cert", ca_cert) }),
    ...(client_cert !== "" && { cert: read("client_cert", client_cert) }),
    ...(client_key !== "" && { key: read("client_key", client_key) }),
  };
}

/** Returns the token from the configuration or from the token file. @throws Error */
function tokenOf({ token, token_file: file }: ContextSettings["mesos"]): string {
  if (file === "") return token;
  requireTrusted(file, "mesos.token_file");
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new Error("cannot read the token file");
  }
}

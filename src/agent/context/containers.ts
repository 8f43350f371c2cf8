import { globSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/load.ts";
import type { OpenRuntime } from "../../context/runtime/runtime.ts";
import type { RuntimeSocket, Runtimes } from "../../context/runtime/watch.ts";
import type { Container } from "../../machine/container-info.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import type { Loaded } from "../load/load.ts";
import { hostRoot } from "../sensor/host-root.ts";
import { containerEvents } from "./container-events.ts";

/** The connections to the container runtimes on this machine. */
export interface Containers extends Component {
  /** Names of connected runtimes. */
  readonly runtimes: readonly string[];
  apply(next: Pick<Loaded, "rules">): void;
  close(): Promise<void>;
}

export interface ContainersOptions {
  readonly machine: Machine;
  /** Whether to connect to container runtimes. If false, container metadata comes only from events. */
  readonly live: boolean;
  readonly log: Log;
  /** Called when metadata arrives, since events may be waiting for the metadata. */
  readonly arrived: () => void;
  /** Inserts an event, which is evaluated before the sensor's next event. */
  readonly insert?: (event: Uint8Array) => void;
}

/** Connects to the container runtimes as soon as the loaded rules need container metadata. */
export function openContainers(
  { config, rules }: Pick<Loaded, "config" | "rules">,
  options: ContainersOptions,
): Containers {
  let connected: RuntimeConnections | undefined;
  let reports = false;
  const report = (rules: Loaded["rules"]): void => {
    const { live, insert, machine } = options;
    const wanted = live && insert !== undefined && rules.wantsContainerEvents;
    if (wanted !== reports) machine.containerTable.follow(wanted ? containerEvents(insert) : undefined);
    reports = wanted;
  };
  const apply = ({ rules }: Pick<Loaded, "rules">): void => {
    report(rules);
    if (!rules.wantsContainers && !rules.wantsContainerEvents) return;
    if (options.live) connected ??= connectRuntimes(config, options);
    options.machine.watchContainers();
  };
  apply({ rules });
  return {
    get runtimes() {
      return connected?.runtimes ?? [];
    },
    apply,
    close: async () => connected?.close(),
  };
}

type RuntimeConnections = Omit<Containers, "apply">;

/**
 * Connects to the container runtimes and updates the container table. Returns immediately; events of processes in
 * containers wait for responses from the runtimes.
 */
export function connectRuntimes(
  { containers: settings }: Pick<Config, "containers">,
  { machine, log, arrived }: Pick<ContainersOptions, "arrived" | "log" | "machine">,
): RuntimeConnections {
  const places = settings.enabled ? placesOf(settings) : [];
  if (places.length === 0) return { runtimes: [], close: async () => {} };
  const { containerTable } = machine;
  let runtimes: Runtimes | undefined;
  /** IDs of containers whose metadata was requested before the search for runtimes ended. */
  const early = new Set<string>();

  function answer(id: string, container: Container | undefined): void {
    if (container === undefined) containerTable.fail(id);
    else containerTable.answered(container);
    arrived();
  }

  async function open(): Promise<Runtimes> {
    const { watchRuntimes } = await import("../../context/runtime/watch.ts");
    const how = { longestLabel: settings.label_max_len, timeout: settings.timeout };
    const sink = {
      put(container: Container): void {
        containerTable.put(container);
        arrived();
      },
      end: (id: string) => containerTable.end(id),
    };
    const found = await watchRuntimes(places, hostRoot, how, sink, {
      found: (runtime, socket) => runtimes !== undefined && log(logLines.runtimeConnected(runtime, socket)),
      disconnected: (runtime, socket, reason) => log(logLines.runtimeLost(runtime, socket, reason)),
    });
    log(logLines.runtimesFound(found.connected));
    runtimes = found;
    for (const id of early) {
      if (containerTable.get(id) === undefined && !found.ask(id, (container) => answer(id, container))) {
        containerTable.fail(id);
      }
    }
    early.clear();
    arrived();
    return found;
  }

  containerTable.timeout = settings.patience;
  containerTable.request = (id) => {
    if (runtimes === undefined) return early.add(id).size > 0;
    return runtimes.ask(id, (container) => answer(id, container));
  };
  const opening = open();
  return {
    get runtimes() {
      return runtimes?.connected ?? [];
    },
    async close() {
      containerTable.request = undefined;
      await (await opening).close();
    },
  };
}

/**
 * Sockets of container runtimes to connect to. A pattern expands to existing sockets; a socket at a path without a
 * pattern may be created later.
 */
function placesOf(settings: Config["containers"]): RuntimeSocket[] {
  const docker = (name: "docker" | "podman"): OpenRuntime => {
    return async (path, options) => (await import("../../context/runtime/docker.ts")).openDocker(name, path, options);
  };
  const sockets = (paths: readonly string[]): string[] =>
    paths.flatMap((path) =>
      path.includes("*")
        ? globSync(join(hostRoot, path)).map((found) => found.slice(hostRoot === "/" ? 0 : hostRoot.length))
        : [path],
    );
  return [
    ...sockets(settings.docker).map((socket): RuntimeSocket => ({ socket, open: docker("docker") })),
    ...sockets(settings.podman).map((socket): RuntimeSocket => ({ socket, open: docker("podman") })),
    // A client is imported only when a socket of its runtime exists.
    ...sockets(settings.containerd).map(
      (socket): RuntimeSocket => ({
        socket,
        open: async (path, options) =>
          (await import("../../context/runtime/containerd.ts")).openContainerd(path, options),
      }),
    ),
    ...sockets(settings.cri).map(
      (socket): RuntimeSocket => ({
        socket,
        open: async (path, options) => (await import("../../context/runtime/cri.ts")).openCri(path, options),
      }),
    ),
  ];
}

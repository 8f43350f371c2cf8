import type { Config } from "../../config/load.ts";
import type { RuleResource } from "../../context/kubernetes/rule-resources.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Log } from "../../telemetry/log.ts";
import { count, logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { onChange } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";
import { areSame, NO_RESOURCES, resourcesFile, writeResources } from "./cache.ts";
import type { LoadedResources, ResourceSet } from "./isolate.ts";
import type { Reporter } from "./report.ts";

/** The EyasRules resources of the cluster. The watch continues when the session changes. */
export interface RuleResources extends Component {
  /** The resources to load. */
  readonly current: ResourceSet;
  /** The outcome of the last load. */
  readonly loaded: LoadedResources | undefined;
  /** Sets a callback that is called after each load. */
  onLoaded(changed: () => void): void;
  /** Reports the outcome of a load, and stores it for the next start. */
  apply(next: Pick<Loaded, "config" | "resources">): Promise<void>;
  close(): Promise<void>;
}

export interface RuleResourcesOptions {
  /** The resources of the last process. */
  readonly before: ResourceSet;
  /** Requests a reload. */
  readonly reload: () => void;
  readonly health: Health;
  readonly log: Log;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** An open connection to the API server. */
interface Connection {
  close(): Promise<void>;
  readonly reporter: Reporter | undefined;
}

/** Watches the resources if the configuration enables them. Requests a reload when resources change. */
export function openRuleResources(
  first: Pick<Loaded, "config" | "resources">,
  { before, reload, health, log, environment = process.env }: RuleResourcesOptions,
): RuleResources {
  let { wanted } = before;
  let inUse: ResourceSet["inUse"] = before.inUse;
  let loaded: LoadedResources | undefined;
  let connection: Connection | undefined;
  let isEnabled = false;
  let fault: string | undefined;
  let written: LoadedResources | undefined;
  const listeners: (() => void)[] = [];

  function changed(resources: readonly RuleResource[]): void {
    if (areSame(resources, wanted)) return;
    wanted = resources;
    reload();
  }

  function showHealth(): void {
    const rejected = loaded?.rejected ?? [];
    if (!isEnabled) health.remove("rules");
    else if (fault !== undefined) health.set("rules", "degraded", fault);
    else if (rejected.length > 0) health.set("rules", "degraded", rejectedReason(rejected));
    else health.set("rules", "ok");
  }

  async function open({ kubernetes, admission }: Config): Promise<void> {
    await connection?.close();
    connection = undefined;
    fault = undefined;
    isEnabled = kubernetes.rules_resources;
    if (isEnabled) {
      const { connectRuleResources } = await import("./connection.ts");
      connection = await connectRuleResources(kubernetes, environment, {
        known: wanted,
        // The webhook writes the outcome of this process to the status of the resources.
        reports: !admission.enabled,
        changed,
        log,
        state(reason) {
          fault = reason;
          showHealth();
        },
      });
    } else {
      wanted = [];
      inUse = NO_RESOURCES.inUse;
    }
    showHealth();
  }

  function keep({ config, resources }: Pick<Loaded, "config" | "resources">): void {
    const file = resourcesFile(config);
    if (file === undefined || resources === undefined) return;
    if (written && areSame(written.wanted, resources.wanted) && areSame(written.inUse, resources.inUse)) return;
    try {
      writeResources(file, resources);
      written = resources;
    } catch (error) {
      log(logLines.ruleResourcesNotKept(file, error instanceof Error ? error.message : String(error)));
    }
  }

  /** Must be called before the next load, which needs the versions in use. */
  function remember({ resources }: Pick<Loaded, "resources">): void {
    loaded = resources;
    inUse = new Map(resources?.inUse.map((each) => [each.name, each]));
  }

  function finish(next: Pick<Loaded, "config" | "resources">): void {
    keep(next);
    showHealth();
    if (next.resources !== undefined) connection?.reporter?.report(next.resources);
    for (const listener of listeners) listener();
  }

  /** Runs work in the background, in order, so that events do not wait for the API server. */
  function enqueue(work: () => void | Promise<void>): void {
    queue = queue
      .then(work)
      .catch((error: unknown) =>
        log(logLines.ruleResourcesUnusable(error instanceof Error ? error.message : String(error))),
      );
  }

  let queue = Promise.resolve();
  const reopen = onChange(first.config, ["kubernetes", "admission"], async ({ config }) => enqueue(() => open(config)));
  const take = (next: Pick<Loaded, "config" | "resources">): void => {
    remember(next);
    enqueue(() => finish(next));
  };
  enqueue(() => open(first.config));
  take(first);

  return {
    get current() {
      return { wanted, inUse, exhausting: loaded?.exhausting ?? [] };
    },
    get loaded() {
      return loaded;
    },
    onLoaded: (listener) => void listeners.push(listener),
    async apply(next) {
      await reopen(next);
      take(next);
    },
    async close() {
      await queue;
      await connection?.close();
      connection = undefined;
    },
  };
}

/** Describes rejected resources for the health of the agent. */
function rejectedReason(rejected: LoadedResources["rejected"]): string {
  const [first] = rejected;
  return `${count(rejected.length, "EyasRules resource")} rejected, for example ${first?.resource.name} (${first?.reason})`;
}

import { isDeepStrictEqual } from "node:util";
import type { Config } from "../../config/load.ts";
import type { ElasticsearchKeys } from "../../output/receiver/elasticsearch/client.ts";
import { hasMachines } from "../../output/receiver/elasticsearch/machine-keys.ts";
import type { SharedCertificates } from "../../output/transport/certificates.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import type { Loaded } from "../load/load.ts";
import type { Observer } from "../metrics/observer.ts";
import { type MachineIdentity, machineIdentity } from "./identity.ts";
import type { LoggedError } from "./last-error.ts";
import { Publisher } from "./publisher.ts";
import { StateReporter } from "./reporter.ts";
import { type RuleDigest, ruleDigest } from "./rule-digest.ts";

/** Writes the state of the agent to the servers of the outputs `elasticsearch` and `opensearch`. */
export interface MachineStates extends Component {
  /** Must be called when the state has changed: writes the state soon. */
  changed(): void;
  apply(next: Pick<Loaded, "config" | "rules">): Promise<void>;
  /** @param isStopped whether the last document states that the agent was shut down */
  close(isStopped?: boolean): Promise<void>;
}

export interface MachineStateOptions {
  readonly observer: Pick<Observer, "observed">;
  readonly log: Log;
  /** The last error in the log. */
  readonly lastError: () => LoggedError | undefined;
}

/** Maximum time to write the last document, in milliseconds. */
const LAST = 3000;

const products = ["elasticsearch", "opensearch"] as const;
type Product = (typeof products)[number];

/** Settings of a server that receives states. */
interface Target {
  readonly name: Product;
  readonly keys: ElasticsearchKeys;
  readonly certificates: SharedCertificates;
}

/** An open target. */
interface Writing {
  readonly target: Target;
  readonly publisher: Publisher;
  close(isStopped: boolean): Promise<void>;
}

export async function openMachineStates(
  first: Pick<Loaded, "config" | "rules">,
  { observer, log, lastError }: MachineStateOptions,
): Promise<MachineStates> {
  let identity: MachineIdentity | undefined;
  let rules: RuleDigest | undefined;
  let writings: readonly Writing[] = [];

  async function open(target: Target): Promise<Writing> {
    const { openMachineStream } = await import("../../output/receiver/elasticsearch/machine-stream.ts");
    const { name, keys, certificates } = target;
    const stream = openMachineStream(name, keys, certificates);
    const reporter = new StateReporter();
    const publisher = new Publisher({
      write: stream.write,
      report(isStopped) {
        const observed = observer.observed();
        if (observed === undefined || rules === undefined) return undefined;
        identity ??= machineIdentity();
        return reporter.report(observed, { identity, rules, error: lastError() }, isStopped);
      },
      failed: (reason) => log(logLines.machineStateFailed(name, reason)),
    });
    return {
      target,
      publisher,
      async close(isStopped) {
        await publisher.close(isStopped);
        stream.close();
      },
    };
  }

  async function use({ config, rules: next }: Pick<Loaded, "config" | "rules">): Promise<void> {
    const targets = targetsOf(config);
    const kept = writings.filter(({ target }) => targets.some((each) => isDeepStrictEqual(each, target)));
    for (const each of writings) if (!kept.includes(each)) void each.close(false);
    const fresh = targets.filter((target) => !kept.some((each) => isDeepStrictEqual(each.target, target)));
    rules = targets.length === 0 ? undefined : ruleDigest(next);
    writings = [...kept, ...(await Promise.all(fresh.map(open)))];
  }

  const changed = (): void => {
    for (const { publisher } of writings) publisher.changed();
  };

  await use(first);
  return {
    changed,
    async apply(next) {
      await use(next);
      changed();
    },
    async close(isStopped = false) {
      const closing = Promise.all(writings.map((each) => each.close(isStopped)));
      writings = [];
      await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, LAST).unref())]);
    },
  };
}

function targetsOf(config: Config): readonly Target[] {
  const { outputs, engine } = config;
  if (engine.kind === "replay") return [];
  const { tlsclient, mutualtlsclient, mutualtlsfilespath } = outputs;
  const certificates = { tlsclient, mutualtlsclient, mutualtlsfilespath };
  return products.flatMap((name) => {
    const keys = outputs[name];
    return hasMachines(keys) ? [{ name, keys, certificates }] : [];
  });
}

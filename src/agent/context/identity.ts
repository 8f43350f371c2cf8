import type { Identity } from "../../identity/identity.ts";
import type { PackageIndex } from "../../identity/packages/databases.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import type { ReadyRules } from "../load/ready-rules.ts";
import type { MemoryPlan } from "../memory/plan.ts";
import { hostRoot } from "../sensor/host-root.ts";

/** Maximum time that the start event of a process waits for the examination of the executable, in milliseconds. */
const PATIENCE = 500;

type Wants = { readonly rules: Pick<ReadyRules, "wantsIdentity"> };

/** Examines executables: their content, and the packages that contain them. */
export interface ExecutableIdentity extends Component {
  apply(next: Wants): Promise<void>;
  /** Number of examinations, and number of paths that packages own; undefined if executables are not examined. */
  readonly counts: Identity["counts"] | undefined;
  /** The packages of the machine; undefined until the package databases are read. */
  readonly packages: PackageIndex | undefined;
}

export interface ExecutableIdentityOptions {
  readonly machine: Machine;
  /** Whether the running kernel is watched. */
  readonly live: boolean;
  readonly log: Log;
  /** Buffer and cache sizes that fit within the memory limit. */
  readonly memory: MemoryPlan | undefined;
  /** Called when results arrive, since events may be waiting for the results. */
  readonly arrived: () => void;
}

/** Examines executables if the kernel is watched and rules use the results. */
export async function openExecutableIdentity(
  first: Wants,
  options: ExecutableIdentityOptions,
): Promise<ExecutableIdentity> {
  const { machine, live, log, memory, arrived } = options;
  let identity: Identity | undefined;

  async function open({ rules }: Wants): Promise<void> {
    if (!live || !rules.wantsIdentity || identity !== undefined) return;
    if (memory?.identity === false) {
      log(logLines.executablesNotExamined(memory.neededWithIdentity));
      return;
    }
    const { openIdentity } = await import("../../identity/identity.ts");
    identity = openIdentity({
      ...{ hostRoot, arrived },
      fault: (message) => log(logLines.identityFault(message)),
    });
    identity.programs.patience = PATIENCE;
    machine.watchPrograms(identity.programs);
  }

  await open(first);
  return {
    apply: open,
    get counts() {
      return identity?.counts;
    },
    get packages() {
      return identity?.packages;
    },
    async close() {
      machine.programs = undefined;
      await identity?.close();
    },
  };
}

import type { MarathonApp, MesosTask, Workload } from "../../machine/workload.ts";
import { type AgentTask, openAgent } from "./agent.ts";
import type { MesosAccess } from "./api.ts";
import { openMarathon } from "./marathon.ts";

/** The APIs of Mesos and Marathon. */
export interface MesosOptions extends MesosAccess {
  /** Their addresses; "" where one is not to be asked. */
  readonly agent: string;
  readonly marathon: string;
}

export interface MesosReports {
  /** Told once when one of them does not answer, and again once it does. */
  lost(which: string, reason: string): void;
  back(which: string): void;
}

export interface Mesos {
  /**
   * Asks for more of a task than its environment tells. It never throws.
   * @param containerId Mesos's whole id of the container
   * @returns makes a workload of one more complete; undefined where there was nothing to learn
   */
  learn(containerId: string, workload: Workload): Promise<((workload: Workload) => Workload) | undefined>;
  close(): void;
}

/** Questions that may wait at once. */
const MOST = 1024;

export function openMesos(options: MesosOptions, reports: MesosReports): Mesos {
  const stop = new AbortController();
  const { signal } = stop;
  const agent = options.agent === "" ? undefined : openAgent(options.agent, options, signal);
  const marathon = options.marathon === "" ? undefined : openMarathon(options.marathon, options, signal);
  const lost = new Set<string>();
  let waiting = 0;

  async function from<T>(which: string, asked: Promise<T> | undefined): Promise<T | undefined> {
    try {
      const answer = await asked;
      if (lost.delete(which)) reports.back(which);
      return answer;
    } catch (error) {
      if (!lost.has(which) && !signal.aborted) {
        lost.add(which);
        reports.lost(which, error instanceof Error ? error.message : String(error));
      }
      return undefined;
    }
  }

  return {
    async learn(containerId, { mesos, marathon: app }) {
      if (mesos === undefined || waiting >= MOST) return undefined;
      waiting++;
      try {
        const [task, told] = await Promise.all([
          agent && from("Mesos agent", agent.find(containerId, mesos.id)),
          marathon && app && from("Marathon", marathon.find(app.id)),
        ]);
        return task === undefined && told === undefined ? undefined : (workload) => completed(workload, task, told);
      } finally {
        waiting--;
      }
    },
    close: () => stop.abort(),
  };
}

function completed(workload: Workload, task: AgentTask | undefined, app: MarathonApp | undefined): Workload {
  const { mesos } = workload;
  if (mesos === undefined) return workload;
  const more: MesosTask =
    task === undefined
      ? mesos
      : { ...mesos, ...task, id: mesos.seen ? mesos.id : task.id, name: task.name || mesos.name };
  return { ...workload, mesos: more, marathon: app ?? workload.marathon, name: more.name };
}

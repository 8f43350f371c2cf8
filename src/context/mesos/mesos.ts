import type { MarathonApp, MesosTask, Workload } from "../../machine/workload.ts";
import { type AgentTask, openAgent } from "./agent.ts";
import type { MesosAccess } from "./api.ts";
import { openMarathon } from "./marathon.ts";

/** Options for the Mesos and Marathon clients. */
export interface MesosOptions extends MesosAccess {
  /** URLs of the APIs; "" if an API is not used. */
  readonly agent: string;
  readonly marathon: string;
}

export interface MesosReports {
  /** Called when requests to an API fail. Not called again until the API has recovered. */
  lost(which: string, reason: string): void;
  /** Called when an API has recovered. */
  back(which: string): void;
}

export interface Mesos {
  /**
   * Fetches metadata of a task that is not in the environment of its processes. Never throws.
   * @param containerId full container ID of Mesos
   * @returns a function that adds the metadata to a workload; undefined if there is no metadata
   */
  learn(containerId: string, workload: Workload): Promise<((workload: Workload) => Workload) | undefined>;
  close(): void;
}

/** Maximum number of tasks whose metadata is requested at the same time. */
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
        const [task, found] = await Promise.all([
          agent && from("Mesos agent", agent.find(containerId, mesos.id)),
          marathon && app && from("Marathon", marathon.find(app.id)),
        ]);
        return task === undefined && found === undefined ? undefined : (workload) => completed(workload, task, found);
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

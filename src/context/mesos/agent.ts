import { setTimeout as sleep } from "node:timers/promises";
import { isArray, isObject, type Json, type JsonObject, member } from "../../event/document.ts";
import { boundedLabels } from "../../machine/labels.ts";
import { below, getJson, type MesosAccess } from "./api.ts";

/** A task of a Mesos agent. */
export interface AgentTask {
  readonly id: string;
  readonly name: string;
  readonly frameworkId: string;
  readonly frameworkName: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** Tasks of an agent. Keys are container IDs and task IDs. */
export type AgentTasks = ReadonlyMap<string, AgentTask>;

/** Client of the Mesos agent on this machine. */
export interface Agent {
  /** Finds a task by its ID or its Mesos container ID. If the task is not known yet, waits a few seconds for it. */
  find(containerId: string, taskId: string): Promise<AgentTask | undefined>;
}

/** Minimum interval between requests, in milliseconds. The response to each request contains all tasks. */
const EVERY = 500;
/** Delays before each attempt to find a task, in milliseconds. */
const AGAIN = [0, 1000, 4000];
/** Maximum length of the key and value of a label, in characters. Longer labels are omitted. */
const LONGEST_LABEL = 4096;

/**
 * @param address address of the agent: `http://127.0.0.1:5051`
 * @param signal aborts all requests
 */
export function openAgent(address: string, access: MesosAccess, signal: AbortSignal): Agent {
  let last: { readonly began: number; readonly tasks: Promise<AgentTasks> } | undefined;

  /** Returns the tasks from a request that was sent after `since`. */
  async function tasks(since: number): Promise<AgentTasks> {
    if (last === undefined || last.began < since) {
      const now = performance.now();
      const begin = Math.max(now, (last?.began ?? Number.NEGATIVE_INFINITY) + EVERY);
      const asked = sleep(begin - now, undefined, { signal, ref: false })
        .then(() => getJson(below(address, "/state"), access, signal))
        .then(tasksOf);
      last = { began: begin, tasks: asked };
    }
    return last.tasks;
  }

  return {
    async find(containerId, taskId) {
      for (const wait of AGAIN) {
        if (wait > 0) await sleep(wait, undefined, { signal, ref: false });
        const all = await tasks(performance.now());
        const found = all.get(containerId) ?? all.get(taskId);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Reads the agent's `/state`. */
export function tasksOf(state: Json | undefined): AgentTasks {
  const found = new Map<string, AgentTask>();
  for (const framework of objects(member(state, "frameworks"))) {
    for (const executor of objects(framework.executors)) {
      const container = text(executor, "container");
      const tasks = [...objects(executor.tasks), ...objects(executor.queued_tasks)];
      for (const each of tasks) {
        const task = taskOf(each, framework);
        if (task.id === "") continue;
        found.set(task.id, task);
        for (const id of containersOf(each)) found.set(id, task);
        // A task without a separate container runs in the container of its executor.
        if (tasks.length === 1 && container !== "") found.set(container, task);
      }
    }
  }
  return found;
}

function taskOf(task: JsonObject, framework: JsonObject): AgentTask {
  return {
    id: text(task, "id") || text(task, "task_id"),
    name: text(task, "name"),
    frameworkId: text(framework, "id"),
    frameworkName: text(framework, "name"),
    labels: labelsOf(task.labels),
  };
}

/** IDs of the containers in the statuses of a task. */
function containersOf(task: JsonObject): string[] {
  return objects(task.statuses).flatMap((status) => {
    const id = member(member(status, "container_status"), "container_id");
    return isObject(id) ? [text(id, "value")] : [];
  });
}

/** Reads labels, which are objects `{key, value}`. */
function labelsOf(value: Json | undefined): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const label of objects(value)) {
    const [key, text_] = [text(label, "key"), text(label, "value")];
    if (key !== "" && key.length + text_.length <= LONGEST_LABEL) labels.set(key, text_);
  }
  return boundedLabels(labels);
}

function objects(value: Json | undefined): JsonObject[] {
  return isArray(value) ? value.filter(isObject) : [];
}

function text(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}

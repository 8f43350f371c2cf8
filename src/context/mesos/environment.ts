import { boundedLabels } from "../../machine/labels.ts";
import type { DetectWorkload, MarathonApp, MesosTask, ReadVariable } from "../../machine/workload.ts";

/** Environment variables that contain the ID of a task. Mesos and Marathon use upper case, Chronos uses lower case. */
const TASK_IDS = ["MESOS_TASK_ID", "mesos_task_id"];
/** Environment variable with the ID of the executor. For a task that runs a single command, it is the task ID. */
const EXECUTOR_ID = "MESOS_EXECUTOR_ID";

const NO_LABELS: ReadonlyMap<string, string> = new Map();

/** Reads the environment of a process in a Mesos task. */
export const readMesos: DetectWorkload = (variables, _identity, known) => {
  const ownId = TASK_IDS.map(variables).find(isTaskId) ?? "";
  const executorId = variables(EXECUTOR_ID);
  const id = ownId || (isTaskId(executorId) ? executorId : "");
  if (id === "") return undefined;
  const before = known?.mesos;
  if (before !== undefined && ownId === "") return undefined; // this process adds no metadata
  const marathon = readMarathon(variables) ?? known?.marathon;
  const fromAgent = before !== undefined && before.frameworkName !== ""; // metadata of the agent takes precedence
  const mesos: MesosTask = {
    id,
    name: fromAgent ? before.name : marathon === undefined ? id.replace(/\..*$/s, "") : taskName(marathon.id),
    frameworkId: variables("MESOS_FRAMEWORK_ID") || (before?.frameworkId ?? ""),
    frameworkName: before?.frameworkName ?? "",
    labels: fromAgent ? before.labels : (marathon?.labels ?? NO_LABELS), // Marathon copies app labels to tasks
    seen: ownId !== "",
  };
  return { mesos, marathon, cf: undefined, name: mesos.name, whole: mesos.seen };
};

/** Whether a string can be a task ID. Task IDs contain a dot or an underscore: `shop_cart.6a5b…`. */
function isTaskId(text: string): boolean {
  return text.length >= 3 && /[._]/.test(text);
}

/**
 * Returns the task name that Marathon generates: the reversed path of the app, such as `cart.shop` for `/shop/cart`.
 */
function taskName(appId: string): string {
  return appId.split("/").filter(Boolean).reverse().join(".");
}

function readMarathon(variables: ReadVariable): MarathonApp | undefined {
  const id = variables("MARATHON_APP_ID");
  if (id === "") return undefined;
  const labels = new Map<string, string>();
  for (const name of variables("MARATHON_APP_LABELS").split(" ")) {
    if (name !== "") labels.set(name, variables(`MARATHON_APP_LABEL_${name}`));
  }
  return { id: id.startsWith("/") ? id : `/${id}`, labels: boundedLabels(labels) };
}

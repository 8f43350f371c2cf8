import { boundedLabels } from "../../machine/labels.ts";
import type { DetectWorkload, MarathonApp, MesosTask, ReadVariable } from "../../machine/workload.ts";

/** Where the id of a task is: Mesos and Marathon put it into the task's environment, Chronos did so in small letters. */
const TASK_IDS = ["MESOS_TASK_ID", "mesos_task_id"];
/** An executor that runs a single command has the id of its task. */
const EXECUTOR_ID = "MESOS_EXECUTOR_ID";

const NO_LABELS: ReadonlyMap<string, string> = new Map();

/** Reads what a process of a task of Mesos is told. */
export const readMesos: DetectWorkload = (variables, _identity, known) => {
  const ownId = TASK_IDS.map(variables).find(isTaskId) ?? "";
  const executorId = variables(EXECUTOR_ID);
  const id = ownId || (isTaskId(executorId) ? executorId : "");
  if (id === "") return undefined;
  const before = known?.mesos;
  if (before !== undefined && ownId === "") return undefined; // it tells no more than another did
  const marathon = readMarathon(variables) ?? known?.marathon;
  const told = before !== undefined && before.frameworkName !== ""; // by Mesos itself, which knows best
  const mesos: MesosTask = {
    id,
    name: told ? before.name : marathon === undefined ? id.split(".", 1)[0] : taskName(marathon.id),
    frameworkId: variables("MESOS_FRAMEWORK_ID") || (before?.frameworkId ?? ""),
    frameworkName: before?.frameworkName ?? "",
    labels: told ? before.labels : (marathon?.labels ?? NO_LABELS), // Marathon gives its tasks the app's
    seen: ownId !== "",
  };
  return { mesos, marathon, cf: undefined, name: mesos.name, whole: mesos.seen };
};

/** Ids have a dot or an underscore in them: `shop_cart.6a5b…`. */
function isTaskId(text: string): boolean {
  return text.length >= 3 && /[._]/.test(text);
}

/** Marathon calls a task after its app, the groups behind it: `/shop/cart` is `cart.shop`. */
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

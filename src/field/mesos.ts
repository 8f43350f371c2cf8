import type { Field } from "./field.ts";
import { labelFields, ofWorkload } from "./workload.ts";

/** Fields about Mesos tasks. */
export const mesosFields: readonly Field[] = [
  ofWorkload("mesos.task.id", ({ mesos }) => mesos?.id, "The ID of the task that the container runs.", {
    about: "task",
    as: "id",
  }),
  ofWorkload("mesos.task.name", ({ mesos }) => mesos?.name, "The name of the task; for Marathon, app and group.", {
    about: "task",
    as: "name",
    title: "Mesos task",
    column: "mesos_task",
    aliases: ["task"],
  }),
  ...labelFields("mesos.task", ({ mesos }) => mesos?.labels, "task"),
  ofWorkload("mesos.framework.id", ({ mesos }) => mesos?.frameworkId, "The ID of the task's framework."),
  ofWorkload(
    "mesos.framework.name",
    ({ mesos }) => mesos?.frameworkName,
    "The framework's name, if the agent can be queried.",
  ),
];

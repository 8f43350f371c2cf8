import type { Observed } from "../machine/observed.ts";
import type { Workload } from "../machine/workload.ts";
import { labelsText } from "./container.ts";
import { type Field, FieldArgumentError, type Value } from "./field.ts";
import type { Roles } from "./role.ts";
import { row, rowWith } from "./row.ts";

/** The workload in the container of the event's thread. */
export function workloadOf({ thread, machine }: Observed): Workload | undefined {
  return thread === undefined ? undefined : machine.workloads?.get(thread.containerId);
}

/** A field about the workload; "" counts as missing. */
export function ofWorkload(
  name: string,
  read: (workload: Workload) => Value | undefined,
  description: string,
  roles?: Roles,
): Field {
  const reader = (event: Observed): Value | undefined => {
    const workload = workloadOf(event);
    const value = workload === undefined ? undefined : read(workload);
    return value === "" ? undefined : value;
  };
  return row(name, "CHARBUF", reader, description, roles);
}

type Labels = (workload: Workload) => ReadonlyMap<string, string> | undefined;

/** A field for one label, selected by name, and a field for all labels. */
export function labelFields(prefix: string, labels: Labels, whose: string): Field[] {
  const one = rowWith(
    `${prefix}.label`,
    "CHARBUF",
    (label) => {
      if (label === undefined || label === "") {
        throw new FieldArgumentError(`${prefix}.label requires an argument, for example ${prefix}.label[team].`);
      }
      return (event) => {
        const workload = workloadOf(event);
        return workload === undefined ? undefined : labels(workload)?.get(label);
      };
    },
    `One label of the ${whose}, by its name.`,
    { argument: { required: true, index: false, key: true, dot: "too" } },
  );
  const all = ofWorkload(
    `${prefix}.labels`,
    (workload) => {
      const found = labels(workload);
      return found === undefined ? undefined : labelsText(found);
    },
    `All labels of the ${whose}, as name:value, separated by commas.`,
  );
  return [one, all];
}

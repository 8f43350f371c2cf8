import type { TreeProcess } from "../../src/api/schemas/alert.ts";
import { isSelected, type TimeSelection } from "../../ui-shared/filter/time-selection.ts";
import type { LaneAlert } from "../../ui-shared/lanes/lanes.ts";

/** Activity of a process in a selected time range. */
export interface Activity {
  readonly started: boolean;
  /** Number of alerts that the process caused. */
  readonly alerts: number;
}

/**
 * Returns the activity of a process of the tree in the selected time range.
 * @param alerts alerts of the timeline, one of which is the alert of the tree
 */
export function activityOf(
  { pid, time, isAlert }: Pick<TreeProcess, "pid" | "time" | "isAlert">,
  alerts: readonly LaneAlert[],
  selection: TimeSelection,
): Activity {
  const host = alerts.find(({ isSubject }) => isSubject)?.hostname;
  const raised = alerts.filter(
    ({ at, isSubject, hostname, process }) =>
      isSelected(at, selection) && ((isSubject && isAlert) || (pid > 0 && hostname === host && process?.pid === pid)),
  );
  return { started: time !== undefined && isSelected(Date.parse(time), selection), alerts: raised.length };
}

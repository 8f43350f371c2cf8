import type { JSX } from "preact";
import type { Related, TreeProcess } from "../../src/api/schemas/alert.ts";
import { Found } from "../../ui-shared/filter/found.tsx";
import type { TimeSelection } from "../../ui-shared/filter/time-selection.ts";
import type { LaneAlert } from "../../ui-shared/lanes/lanes.ts";
import type { Resource } from "../../ui-shared/page/resource.ts";
import { Bounded } from "../../ui-shared/text/bounded.tsx";
import { quantity } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { type Activity, activityOf } from "./activity.ts";
import { Panel } from "./panel.tsx";

interface TreePanelProps {
  readonly related: Resource<Related>;
  /** The alert and related alerts. */
  readonly lanes: readonly LaneAlert[];
  readonly selection: TimeSelection | undefined;
}

/**
 * Process lineage, from the first known ancestor to the process that caused the alert. Marks the processes that started
 * or caused alerts in the selected time range.
 */
export function TreePanel({ related, lanes, selection }: TreePanelProps): JSX.Element {
  const { value, failure } = related;
  const activity = (process: TreeProcess): Activity | undefined => selection && activityOf(process, lanes, selection);
  const [first, ...rest] = value?.tree ?? [];
  return (
    <Panel title="Process tree">
      {value === undefined ? (
        <p class="muted">{failure ?? "Loading…"}</p>
      ) : first === undefined ? (
        <p class="muted">No process data for this alert.</p>
      ) : (
        <Branch first={first} rest={rest} activity={activity} />
      )}
    </Panel>
  );
}

interface BranchProps {
  readonly first: TreeProcess;
  /** Descendants of the first process; each process is the parent of the next one. */
  readonly rest: readonly TreeProcess[];
  /** Returns the activity of a process in the selected time range; undefined if no time is selected. */
  readonly activity: (process: TreeProcess) => Activity | undefined;
}

function Branch({ first, rest, activity }: BranchProps): JSX.Element {
  const [child, ...descendants] = rest;
  return (
    <ol class="tree">
      <li aria-current={first.isAlert ? "true" : undefined}>
        <Process process={first} activity={activity(first)} />
        {child !== undefined && <Branch first={child} rest={descendants} activity={activity} />}
      </li>
    </ol>
  );
}

interface ProcessProps {
  readonly process: TreeProcess;
  readonly activity: Activity | undefined;
}

function Process({ process, activity }: ProcessProps): JSX.Element {
  const { pid, name, cmdline, exepath, user, time, isAlert } = process;
  const done = activity === undefined ? "" : activityText(activity);
  const isDimmed = activity !== undefined && done === "";
  return (
    <div class={`process${isAlert ? " of-alert" : ""}${isDimmed ? " is-dimmed" : ""}`}>
      <p>
        <b>
          <Untrusted text={name} empty="?" />
        </b>
        {pid > 0 && <span class="muted"> {pid}</span>}
        {user !== undefined && (
          <span class="muted">
            {" "}
            user <Untrusted text={user} />
          </span>
        )}
        {time !== undefined && (
          <span class="muted">
            {" "}
            started <Time iso={time} />
          </span>
        )}
        {isAlert && <span class="visually-hidden"> caused the alert</span>}
        {done !== "" && <span class="tag in-selection">{done} in the selected time range</span>}
      </p>
      {cmdline !== "" && (
        <Bounded class="mono">
          <Found text={cmdline} />
        </Bounded>
      )}
      {exepath !== undefined && exepath !== "" && !cmdline.startsWith(exepath) && (
        <Bounded class="mono muted">
          <Untrusted text={exepath} />
        </Bounded>
      )}
    </div>
  );
}

/** Describes the activity of a process, such as `started, 2 alerts`; empty without activity. */
function activityText({ started, alerts }: Activity): string {
  return [started ? "started" : "", alerts > 0 ? quantity(alerts, "alert") : ""]
    .filter((part) => part !== "")
    .join(", ");
}

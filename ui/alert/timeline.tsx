import { Fragment, type JSX } from "preact";
import type { AlertDetail, Related, TimelineEntry } from "../../src/api/schemas/alert.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { isSelected, type TimeSelection } from "../../ui-shared/filter/time-selection.ts";
import type { LaneAlert } from "../../ui-shared/lanes/lanes.ts";
import { Lanes } from "../../ui-shared/lanes/lanes-picture.tsx";
import { centerIn } from "../../ui-shared/page/center.ts";
import type { Resource } from "../../ui-shared/page/resource.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { durationText } from "../../ui-shared/text/clock.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { valueText } from "../../ui-shared/text/value.ts";
import { alertsLike } from "./alerts-link.ts";
import { Panel } from "./panel.tsx";

const RELATIONS: Readonly<Record<TimelineEntry["relation"], string>> = {
  process: "same process",
  container: "same container",
  flow: "same flow",
  request: "API request for this pod",
  call: "API request from this pod",
  pod: "process in this pod",
};

interface TimelinePanelProps {
  readonly alert: AlertDetail;
  readonly related: Resource<Related>;
  /** The alert and related alerts, oldest first. */
  readonly lanes: readonly LaneAlert[];
  readonly selection: TimeSelection | undefined;
}

/** Alerts for the same process, container, flow or pod, over time and as a list ordered by time. */
export function TimelinePanel({ alert, related, lanes, selection }: TimelinePanelProps): JSX.Element {
  const { value, failure } = related;
  const others = (value?.timeline ?? []).filter(({ id }) => id !== alert.id);
  return (
    <Panel title="Timeline" aside={<span class="muted">Same process, container, flow or pod</span>}>
      {value?.actors && <ActorLine {...value.actors} />}
      {value?.more && (
        <p class="muted">
          Only the {integer(others.length)} related alerts nearest in time are shown. <RelatedLinks alert={alert} />
        </p>
      )}
      {value === undefined ? (
        <p class="muted">{failure ?? "Loading…"}</p>
      ) : others.length === 0 ? (
        <p class="muted">No related alerts.</p>
      ) : (
        <>
          <Lanes alerts={lanes} selection={selection} kinds={["process", "container", "source"]} />
          <EntryList alert={alert} others={others} selection={selection} />
        </>
      )}
    </Panel>
  );
}

interface EntryListProps extends Pick<TimelinePanelProps, "alert" | "selection"> {
  readonly others: readonly TimelineEntry[];
}

function EntryList({ alert, others, selection }: EntryListProps): JSX.Element | null {
  const all: readonly (TimelineEntry | AlertDetail)[] = [...others, alert].sort((a, b) => (a.time < b.time ? -1 : 1));
  const shown = all.filter(({ time }) => isSelected(Date.parse(time), selection));
  if (shown.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls
    <ol class="timeline" tabIndex={0}>
      {shown.map((entry) => (
        <li
          key={entry.id}
          ref={entry.id === alert.id ? center : null}
          aria-current={entry.id === alert.id ? "true" : undefined}
        >
          <p class="facts">
            <Time iso={entry.time} />
            <span class="muted">{offsetText(entry.time, alert)}</span>
            <PriorityMark priority={entry.priority} />
            <span class="tag">
              <Untrusted text={entry.source} />
            </span>
            <span class="muted">{"relation" in entry ? RELATIONS[entry.relation] : "this alert"}</span>
          </p>
          <p>
            {"relation" in entry ? (
              <a href={alertAddress(entry.id, parameters.value)}>
                <Untrusted text={entry.rule} />
              </a>
            ) : (
              <b>
                <Untrusted text={entry.rule} />
              </b>
            )}
          </p>
          <p class="muted clipped">
            <Untrusted text={summaryOf(entry.output)} />
          </p>
        </li>
      ))}
    </ol>
  );
}

/** Fields that identify related alerts, and the labels of the links to all of these alerts. */
const LINKED: readonly (readonly [field: string, label: string])[] = [
  ["container.id", "All alerts of the container"],
  ["net.community_id", "All alerts of the flow"],
];

function RelatedLinks({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  return (
    <>
      {LINKED.map(([field, label]) => {
        const value = Object.hasOwn(alert.fields, field) ? valueText(alert.fields[field]) : undefined;
        if (value === undefined || value === "" || value === "host") return null;
        return (
          <Fragment key={field}>
            <a href={alertsLike(alert, comparison(field, value))}>{label}</a>{" "}
          </Fragment>
        );
      })}
    </>
  );
}

/** The Kubernetes users who may have started the process. */
function ActorLine({ users, certain, late }: NonNullable<Related["actors"]>): JSX.Element {
  return (
    <p>
      {certain ? "Actor: " : users.length > 1 ? "Actor: one of " : "Possible actor: "}
      {users.map((user, i) => (
        <b key={user}>
          {i > 0 && ", "}
          <Untrusted text={user} />
        </b>
      ))}
      {late && <span class="muted">, based on alerts for API requests that concern the pod</span>}
    </p>
  );
}

function center(item: HTMLElement | null): void {
  const list = item?.parentElement;
  if (item !== null && list) centerIn(list, item);
}

/** Formats a time relative to the alert, such as `−3 s`. */
function offsetText(time: string, alert: AlertDetail): string {
  const seconds = (Date.parse(time) - Date.parse(alert.time)) / 1000;
  return seconds === 0 ? "" : `${seconds < 0 ? "−" : "+"}${durationText(Math.abs(seconds))}`;
}

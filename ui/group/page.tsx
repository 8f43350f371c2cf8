import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { GroupDetail } from "../../src/api/schemas/group.ts";
import { api } from "../../ui-shared/api/client.ts";
import { subscribe } from "../../ui-shared/api/live.ts";
import { ALL_TIME, type Filter, filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { AddToCase } from "../../ui-shared/triage/case-dialog.tsx";
import { GroupActions, groupShortcuts } from "../../ui-shared/triage/group-actions.tsx";
import type { GroupDialogKind } from "../../ui-shared/triage/group-dialog.tsx";
import { GroupMarks } from "../../ui-shared/triage/group-marks.tsx";
import { groupPageAddress, neighbor } from "../../ui-shared/triage/group-order.ts";
import { endedChanges, type Matching } from "../alerts/bulk-change.ts";
import { BulkNotice } from "../alerts/bulk-notice.tsx";
import { TriageBar, type TriageRequest, triageShortcuts } from "../alerts/triage-bar.tsx";
import type { ViewProps } from "../shell/views.ts";
import { GroupHistory } from "./history.tsx";
import { LatestAlerts } from "./latest-alerts.tsx";
import { GroupTimes } from "./times.tsx";

/** Milliseconds between two requests for the group while its alerts arrive. */
const REFRESH_INTERVAL = 2000;

/** A group of alerts of the same rule for the same workload. The ID of any alert of the group identifies the group. */
export function GroupPage({ subject: id = "" }: ViewProps): JSX.Element {
  const version = useSignal(0);
  const resource = useResource(id, (signal) => api.group(id, signal), `${version.value} ${endedChanges.value}`);
  const { value, previous, failure } = resource.value;
  const group = value ?? previous; // the buttons for the next and the previous group keep the focus
  const query = group?.query;
  useEffect(() => {
    if (query === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        version.value++;
      }, REFRESH_INTERVAL);
    };
    const end = subscribe({ ...NO_FILTER, query }, { open: refresh, alert: refresh, state: refresh, states: refresh });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [query, version]);
  if (group === undefined) {
    return (
      <section class="view">
        <h1 class="visually-hidden">Group</h1>
        {failure === undefined ? <p class="waiting">Loading…</p> : <p class="failure">{failure}</p>}
      </section>
    );
  }
  const filter: Filter = { ...NO_FILTER, since: ALL_TIME, query: group.query };
  const changed = (): void => {
    version.value++;
  };
  return (
    <article class="view one-group">
      <BulkNotice />
      <Head group={group} filter={filter} changed={changed} />
      <GroupTimes filter={filter} version={group.count} />
      <div class="columns">
        <div class="column">
          <LatestAlerts group={group} filter={filter} version={`${version.value} ${endedChanges.value}`} />
        </div>
        <div class="column">
          <GroupHistory group={group} changed={changed} />
        </div>
      </div>
    </article>
  );
}

interface HeadProps {
  readonly group: GroupDetail;
  /** Selects the alerts of the group. */
  readonly filter: Filter;
  readonly changed: () => void;
}

function Head({ group, filter, changed }: HeadProps): JSX.Element {
  const triage = useSignal<TriageRequest | undefined>(undefined);
  const dialog = useSignal<GroupDialogKind | undefined>(undefined);
  const { rule, priority, key, count, open, first, last, newest } = group;
  const matching: Matching = { filter, count: open ?? count, newest: newest.id };
  const go = (by: 1 | -1) => (): boolean => {
    const other = neighbor(group, by);
    if (other !== undefined) navigate(groupPageAddress(other.newest.id, parameters.peek()), "replace");
    return other !== undefined;
  };
  const shortcuts = useMemo(
    () => [
      ...triageShortcuts((kind) => () => {
        if (kind === "comment") dialog.value = "comment";
        else triage.value = { kind, ids: [], matching };
      }),
      ...groupShortcuts((kind) => {
        dialog.value = kind;
      }),
      { keys: "j", description: "Next group", run: go(1) },
      { keys: "k", description: "Previous group", run: go(-1) },
      { keys: "u", description: "Go back", run: back },
    ],
    [group, hasRole("responder")],
  );
  useShortcuts(shortcuts);
  return (
    <header class="alert-head">
      <p class="facts">
        <button type="button" class="plain" onClick={back} title="Back (u)">
          ← Back
        </button>
        <Neighbor label="Previous group" title="Previous group (k)" text="↑" to={neighbor(group, -1)?.newest.id} />
        <Neighbor label="Next group" title="Next group (j)" text="↓" to={neighbor(group, 1)?.newest.id} />
        <PriorityMark priority={priority} />
        <GroupMarks group={group} />
        <span class="gap" />
        <AddToCase kind="group" alerts={[newest.id]} />
        <GroupActions
          alerts={[newest.id]}
          dialog={dialog}
          subject="the group"
          snoozed={group.snoozedUntil !== undefined}
          onChanged={changed}
        />
        <TriageBar
          ids={[]}
          stateOf={() => "open"}
          matching={matching}
          selected=""
          withoutComment
          request={triage}
          onStateChange={() => {}}
          onDone={changed}
        />
      </p>
      <h1>
        <Untrusted text={rule} />
      </h1>
      <p class="sentence">{key === "" ? "No workload or process" : <Untrusted text={key} />}</p>
      <p class="facts">
        <span>
          {quantity(count, "alert")}
          {open !== undefined && `, ${integer(open)} open`}
        </span>
        <span class="muted">
          first <Time iso={first} milliseconds={false} />, last <Time iso={last} milliseconds={false} />
        </span>
        <Incomplete {...group} />
        <a href={filtered("/alerts", filter)}>List all alerts</a>
        <a href={`/rules/${encodeURIComponent(rule)}`}>Rule</a>
      </p>
    </header>
  );
}

interface NeighborProps {
  readonly label: string;
  readonly title: string;
  readonly text: string;
  /** An alert of the group. */
  readonly to: string | undefined;
}

function Neighbor({ label, title, text, to }: NeighborProps): JSX.Element | null {
  if (to === undefined) return null;
  return (
    <button
      type="button"
      aria-label={label}
      title={title}
      onClick={() => navigate(groupPageAddress(to, parameters.peek()), "replace")}
    >
      {text}
    </button>
  );
}

function back(): void {
  if (window.history.length > 1) window.history.back();
  else navigate("/alerts?view=groups");
}

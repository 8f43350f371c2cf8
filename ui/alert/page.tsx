import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { CAPTURE } from "../../src/alert/capture-field.ts";
import type { AlertDetail, Related } from "../../src/api/schemas/alert.ts";
import { api } from "../../ui-shared/api/client.ts";
import { subscribe } from "../../ui-shared/api/live.ts";
import { recordChange } from "../../ui-shared/api/state-changes.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { Found } from "../../ui-shared/filter/found.tsx";
import { incidentAddress } from "../../ui-shared/filter/time-range.ts";
import { selectionIn } from "../../ui-shared/filter/time-selection.ts";
import { completeStep } from "../../ui-shared/first-steps/progress.ts";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { messageOf, type Resource, useResource } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { Bounded } from "../../ui-shared/text/bounded.tsx";
import { PriorityMark, StateMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { AddToCase } from "../../ui-shared/triage/case-dialog.tsx";
import { applicable, TriageBar, type TriageRequest, triageShortcuts } from "../alerts/triage-bar.tsx";
import type { ViewProps } from "../shell/views.ts";
import { alertsLike } from "./alerts-link.ts";
import { ExceptionPanel } from "./exception.tsx";
import { ExplanationPanel } from "./explanation.tsx";
import { FieldsPanel } from "./fields.tsx";
import { laneAlerts } from "./lane-alerts.ts";
import { MetadataPanel } from "./metadata.tsx";
import { MitrePanel, ResponsesPanel, RulePanel } from "./rule-panels.tsx";
import { TimelinePanel } from "./timeline.tsx";
import { TreePanel } from "./tree.tsx";
import { TriagePanel } from "./triage.tsx";

/** An alert with a panel for each aspect, such as process tree, timeline, rule and fields. */
export function AlertPage({ subject: id = "" }: ViewProps): JSX.Element {
  const changes = useSignal(0);
  const resource = useResource(id, (signal) => api.alert(id, signal), changes.value);
  const related = useResource(id, (signal) => api.related(id, signal));
  useEffect(
    () =>
      subscribe(
        { ...NO_FILTER, query: `uuid = ${id}` },
        {
          // The state may have changed while the stream was not connected.
          open: () => {
            changes.value++;
          },
          state: (change) => {
            if (change.id === id) changes.value++;
          },
          states: () => {
            changes.value++;
          },
        },
      ),
    [id, changes],
  );
  const { value: alert, failure } = resource.value;
  const isLoaded = alert !== undefined;
  useEffect(() => {
    if (isLoaded) completeStep("opened");
  }, [isLoaded]);
  if (alert === undefined) {
    return (
      <section class="view">
        <h1 class="visually-hidden">Alert</h1>
        {failure === undefined ? <p class="waiting">Loading…</p> : <p class="failure">{failure}</p>}
      </section>
    );
  }
  const changed = (): void => {
    changes.value++;
  };
  return (
    <article class="view one-alert">
      <Head alert={alert} changed={changed} />
      <div class="columns">
        <div class="column">
          <RelatedPanels alert={alert} related={related.value} />
          <ExplanationPanel id={id} />
          <RulePanel alert={alert} />
          <ExceptionPanel alert={alert} />
        </div>
        <div class="column">
          <MetadataPanel alert={alert} />
          <TriagePanel alert={alert} />
          <ResponsesPanel responses={alert.responses} />
          <MitrePanel alert={alert} />
          <FieldsPanel alert={alert} />
        </div>
      </div>
    </article>
  );
}

interface RelatedPanelsProps {
  readonly alert: AlertDetail;
  readonly related: Resource<Related>;
}

/** The process tree and the timeline, which share the selected time. */
function RelatedPanels({ alert, related }: RelatedPanelsProps): JSX.Element {
  const timeline = related.value?.timeline;
  const lanes = useMemo(() => laneAlerts(alert, timeline ?? []), [alert, timeline]);
  // Without related alerts, there are no lanes in which a time could be selected or cleared.
  const selection = lanes.length > 1 ? selectionIn(parameters.value) : undefined;
  return (
    <>
      <TreePanel related={related} lanes={lanes} selection={selection} />
      <TimelinePanel alert={alert} related={related} lanes={lanes} selection={selection} />
    </>
  );
}

function Head({ alert, changed }: { readonly alert: AlertDetail; readonly changed: () => void }): JSX.Element {
  const triage = useSignal<TriageRequest | undefined>(undefined);
  const failure = useSignal("");
  const { id, rule, priority, time, state, sentence, output } = alert;
  const shortcuts = useMemo(() => {
    const request = (kind: TriageRequest["kind"]) => () => {
      const ids = applicable(kind, [id], () => state);
      if (ids.length > 0) triage.value = { kind, ids };
      return ids.length > 0;
    };
    return [
      ...triageShortcuts(request),
      { keys: "i", description: "Show incident graph", run: () => navigate(incidentAddress(id, parameters.peek())) },
      { keys: "u", description: "Go back", run: () => back() },
    ];
  }, [id, state, triage, hasRole("responder")]);
  useShortcuts(shortcuts);
  const reopen = async (): Promise<void> => {
    failure.value = "";
    try {
      await api.setState(id, { state: "open" });
      recordChange({ id, state: "open" });
      changed();
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  return (
    <header class="alert-head">
      <p class="facts">
        <button type="button" class="plain" onClick={back} title="Back (u)">
          ← Back
        </button>
        <PriorityMark priority={priority} />
        <Time iso={time} />
        <StateMark state={state} />
        <span class="gap" />
        <a class="button" href={incidentAddress(id, parameters.value)} title="Show incident graph (i)">
          Incident graph
        </a>
        <CaptureLink alert={alert} />
        <AddToCase kind="alert" alerts={[id]} />
        {failure.value !== "" && (
          <span class="failure" role="alert">
            {failure.value}
          </span>
        )}
        {state !== "open" && hasRole("responder") && (
          <button type="button" onClick={() => void reopen()}>
            Reopen
          </button>
        )}
        <TriageBar
          ids={[id]}
          stateOf={() => state}
          hidesInapplicable
          selected=""
          request={triage}
          onStateChange={changed}
          onDone={changed}
        />
      </p>
      <h1>
        <a href={alertsLike(alert, comparison("rule", rule))} title="Show alerts for this rule">
          <Found text={rule} />
        </a>
      </h1>
      <Bounded class="sentence">
        <Found text={sentence} />
      </Bounded>
      <Bounded class="output muted">
        <Found text={output} />
      </Bounded>
    </header>
  );
}

/** Link that downloads the events before and after the alert. */
function CaptureLink({ alert: { id, fields, received } }: { readonly alert: AlertDetail }): JSX.Element | null {
  if (typeof fields[CAPTURE] !== "string" || received || !hasRole("responder")) return null;
  return (
    <a
      class="button"
      href={api.captureAddress(id)}
      download
      title="Download the events before and after the alert, for use with eyas replay"
    >
      Download capture
    </a>
  );
}

function back(): void {
  if (window.history.length > 1) window.history.back();
  else navigate("/alerts");
}

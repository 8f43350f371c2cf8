import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { csvFields } from "../../src/field/roles.ts";
import { api } from "../../ui-shared/api/client.ts";
import { comparison, narrowed } from "../../ui-shared/filter/compose.ts";
import { filterOf } from "../../ui-shared/filter/filter.ts";
import { applyFilter } from "../../ui-shared/filter/filter-bar.tsx";
import { Found } from "../../ui-shared/filter/found.tsx";
import { alertAddress, incidentAddress } from "../../ui-shared/filter/time-range.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { PriorityMark, StateMark } from "../../ui-shared/text/priority.tsx";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { valueText } from "../../ui-shared/text/value.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import type { AlertRows } from "./rows.ts";
import type { Selection } from "./selection.ts";
import { applicable, type TriageRequest } from "./triage-bar.tsx";
import { workloadOf } from "./workload.ts";

/** Milliseconds for which the focus must stay on an alert before its details are requested. */
const FOCUS_TIME = 150;
/** Maximum length of a value, in characters. The page of the alert shows the whole value. */
const MAX_VALUE = 600;

interface PeekProps {
  readonly rows: AlertRows;
  readonly selection: Selection;
  readonly triage: Signal<TriageRequest | undefined>;
  readonly close: () => void;
}

/** Preview of the focused alert beside the list. */
export function Peek({ rows, selection, triage, close }: PeekProps): JSX.Element {
  rows.version.value;
  const shown = useRef<Alert>(undefined);
  const id = selection.focused.value;
  // An alert that is no longer in memory of the list stays shown.
  const alert = rows.at(rows.indexOf(id)) ?? (shown.current?.id === id ? shown.current : undefined);
  shown.current = alert;
  return (
    <section class="peek" aria-label="Preview">
      <p class="facts">
        {alert !== undefined && (
          <>
            <PriorityMark priority={alert.priority} />
            <Time iso={alert.time} />
            <StateMark state={alert.state} />
          </>
        )}
        <span class="gap" />
        <button type="button" class="plain" aria-label="Close preview" title="Close (Escape)" onClick={close}>
          ✕
        </button>
      </p>
      {alert === undefined ? <p class="muted">Select an alert.</p> : <Preview alert={alert} triage={triage} />}
    </section>
  );
}

interface PreviewProps {
  readonly alert: Alert;
  readonly triage: Signal<TriageRequest | undefined>;
}

function Preview({ alert, triage }: PreviewProps): JSX.Element {
  const { id, rule, output, fields } = alert;
  const all = useSignal(false);
  const detail = useResource(id, async (signal) => {
    await stay(signal);
    return api.alert(id, signal);
  });
  const sentence = detail.value.value?.id === id ? detail.value.value.sentence : summaryOf(output);
  const filled = Object.keys(fields).filter((name) => !["", undefined].includes(valueText(fields[name])));
  const important = csvFields.filter((name) => filled.includes(name));
  const names = all.value ? filled.toSorted() : important;
  return (
    <>
      <h2>
        <a href={alertAddress(id, parameters.value)}>
          <Found text={rule} />
        </a>
      </h2>
      <p>
        <Found text={sentence.slice(0, MAX_VALUE)} />
      </p>
      <p class="facts">
        <a class="button" href={alertAddress(id, parameters.value)} title="Open (o)">
          Open
        </a>
        <a class="button" href={incidentAddress(id, parameters.value)}>
          Incident graph
        </a>
        <PreviewActions alert={alert} triage={triage} />
      </p>
      <dl>
        <PreviewValue name="hostname" text={alert.hostname} />
        {workloadOf(alert) !== alert.hostname && <PreviewValue name="workload" text={workloadOf(alert)} />}
        <PreviewValue name="source" text={alert.source} />
        {names.map((name) => (
          <PreviewValue key={name} name={name} text={valueText(fields[name]) ?? ""} />
        ))}
      </dl>
      {filled.length > important.length && (
        <button
          type="button"
          aria-pressed={all.value}
          onClick={() => {
            all.value = !all.value;
          }}
        >
          Show all fields
        </button>
      )}
    </>
  );
}

/** Resolves after {@link FOCUS_TIME}. @throws AbortError if the focus moves earlier */
function stay(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, FOCUS_TIME);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

const ACTIONS: readonly (readonly [kind: TriageRequest["kind"], label: string])[] = [
  ["acknowledge", "Acknowledge"],
  ["comment", "Comment…"],
  ["close", "Close…"],
];

/** Triage of the shown alert. Not shown to viewers. */
function PreviewActions({ alert: { id, state }, triage }: PreviewProps): JSX.Element | null {
  if (!hasRole("responder")) return null;
  return (
    <>
      {ACTIONS.filter(([kind]) => applicable(kind, [id], () => state).length > 0).map(([kind, label]) => (
        <button
          key={kind}
          type="button"
          onClick={() => {
            triage.value = { kind, ids: [id] };
          }}
        >
          {label}
        </button>
      ))}
    </>
  );
}

/** A value, with buttons that narrow the list to it or exclude it. */
function PreviewValue({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const narrow = (excluded: boolean) => (): void => {
    const condition = comparison(name, text);
    applyFilter({ query: narrowed(filterOf(parameters.peek()).query, excluded ? `not ${condition}` : condition) });
  };
  const shown = visible(`${name} ${text.slice(0, 200)}`);
  return (
    <div>
      <dt class="mono">
        <Untrusted text={name} />
      </dt>
      <dd>
        <span class="mono">
          <Found text={text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text} />
        </span>
        {name !== "workload" && text.length <= MAX_VALUE && (
          <span class="narrowing">
            <button type="button" class="plain" aria-label={`Only ${shown}`} title="Show only" onClick={narrow(false)}>
              +
            </button>
            <button type="button" class="plain" aria-label={`Exclude ${shown}`} title="Exclude" onClick={narrow(true)}>
              −
            </button>
          </span>
        )}
      </dd>
    </div>
  );
}

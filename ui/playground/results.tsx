import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { integer, quantity, size } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { ExplainForm } from "./explain-form.tsx";
import { ExplanationSection } from "./explanation-section.tsx";
import { explanation, lastRun, type Run } from "./last-run.ts";
import { PriorityRule } from "./priority-rule.tsx";
import { type ExplainTarget, MAX_MATCHES, type Match } from "./protocol.ts";
import { RuleCounts } from "./rule-counts.tsx";

interface ResultsProps {
  readonly explain: (target: ExplainTarget) => void;
}

/** Number of alerts shown initially, and added by each click on the button for more. */
const PAGE = 200;
const shown = signal(PAGE);

/** Results of the last run: alerts, counts by rule, explanations. */
export function Results({ explain }: ResultsProps): JSX.Element | null {
  const run = lastRun.value;
  const capture = run?.capture;
  useEffect(() => {
    shown.value = PAGE;
  }, [capture]);
  if (run === undefined) {
    return <p class="muted introduction">Run the rules to see the alerts that they raise.</p>;
  }
  const { state, result, failure, matches } = run;
  return (
    <div class="results">
      <Summary run={run} />
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {result?.warning !== undefined && (
        <p class="warning" role="alert">
          <Untrusted text={result.warning} />
        </p>
      )}
      {result?.notEvaluated.map(({ rule, reason }) => (
        <p key={rule} class="warning">
          Rule “<Untrusted text={rule} />” was not evaluated: <Untrusted text={reason} />.
        </p>
      ))}
      {matches.length > 0 && <Matches matches={matches} count={run.count} explain={explain} />}
      {result !== undefined && <RuleCounts result={result} explain={explain} />}
      {state !== "running" && state !== "failed" && <ExplainForm result={result} explain={explain} />}
      {explanation.value !== undefined && <ExplanationSection explanation={explanation.value} />}
    </div>
  );
}

function Summary({ run }: { readonly run: Run }): JSX.Element {
  const { state, events, bytes, size: total, count, result } = run;
  const duration = result === undefined ? "" : `, ${result.seconds.toFixed(1)} s`;
  const suffix = { running: "", done: duration, stopped: ", stopped", failed: "" }[state];
  return (
    <div class="summary">
      {state === "running" && (
        <progress max={total} value={bytes} aria-label="Progress">
          {size(bytes)}
        </progress>
      )}
      {/* No status role during the run: screen readers would announce each change. */}
      <p role={state === "running" ? undefined : "status"}>
        {state !== "failed" && (
          <>
            <b>{`${quantity(count, "alert")} in ${quantity(events, "event")}`}</b>
            {suffix}
          </>
        )}
      </p>
    </div>
  );
}

interface MatchesProps extends ResultsProps {
  readonly matches: readonly Match[];
  /** Total number of alerts in the run. */
  readonly count: number;
}

function Matches({ matches, count, explain }: MatchesProps): JSX.Element {
  const current = explanation.value?.target;
  return (
    <section class="matches" aria-label="Alerts">
      <table>
        <caption class="visually-hidden">Alerts in this run</caption>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Time</th>
            <th scope="col">Rule</th>
            <th scope="col">Output</th>
          </tr>
        </thead>
        <tbody>
          {matches.slice(0, shown.value).map((match) => (
            <tr
              key={`${match.event} ${match.rule}`}
              aria-current={match.event === current?.event && match.rule === current.rule ? "true" : undefined}
            >
              <td class="number">
                <button
                  type="button"
                  class="plain"
                  title="Explain event"
                  onClick={() => explain({ event: match.event, rule: match.rule })}
                >
                  <span class="visually-hidden">Explain event </span>
                  {integer(match.event)}
                </button>
              </td>
              <td class="when">
                <Time iso={match.time} />
              </td>
              <td class="rule">
                <PriorityRule match={match} />
              </td>
              <td class="output">
                <Untrusted text={match.message} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {matches.length > shown.value && (
        <button
          type="button"
          onClick={() => {
            shown.value += PAGE;
          }}
        >
          Show {integer(Math.min(PAGE, matches.length - shown.value))} more
        </button>
      )}
      {count > MAX_MATCHES && shown.value >= matches.length && (
        <p class="muted">
          The first {integer(MAX_MATCHES)} of {integer(count)} alerts are listed.
        </p>
      )}
    </section>
  );
}

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Priority } from "../../src/rule/rule.ts";
import { Swatch } from "../chart/legend.tsx";
import { integer, quantity, size } from "../text/number.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { visible } from "../text/visible.ts";
import { Explanation } from "./explanation.tsx";
import { type ExplanationRequest, explanation, lastRun, type Run } from "./last-run.ts";
import { type ExplainTarget, MAX_MATCHES, type Match, type RunResult } from "./protocol.ts";

interface ResultsProps {
  readonly explain: (wish: ExplainTarget) => void;
}

/** Rows that are shown at once. */
const PAGE = 200;
const shown = signal(PAGE);

/** What a run came to. */
export function Results({ explain }: ResultsProps): JSX.Element | null {
  const now = lastRun.value;
  const isNew = now?.capture;
  useEffect(() => {
    shown.value = PAGE;
  }, [isNew]);
  if (now === undefined) {
    return <p class="quiet invitation">Run the rules to see what they would have raised, event by event.</p>;
  }
  const { state, result, failure, matches } = now;
  return (
    <div class="results">
      <Summary now={now} />
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
          “<Untrusted text={rule} />” did not judge: <Untrusted text={reason} />.
        </p>
      ))}
      {matches.length > 0 && <Matches matches={matches} count={now.count} explain={explain} />}
      {result !== undefined && <ByRule result={result} explain={explain} />}
      {state !== "running" && state !== "failed" && <ExplainForm result={result} explain={explain} />}
      {explanation.value !== undefined && <ExplanationSection explained={explanation.value} />}
    </div>
  );
}

function Summary({ now }: { readonly now: Run }): JSX.Element {
  const { state, events, bytes, size: all, count, result } = now;
  const found = `${quantity(count, "alert")} in ${quantity(events, "event")}`;
  const took = result === undefined ? "" : `, ${result.seconds.toFixed(1)} s`;
  const ends = { running: "", done: took, stopped: ", stopped", failed: "" }[state];
  return (
    <div class="summary">
      {state === "running" && (
        <progress max={all} value={bytes} aria-label="Of the capture">
          {size(bytes)}
        </progress>
      )}
      {/* While it runs, the figures change too often to be said. */}
      <p role={state === "running" ? undefined : "status"}>
        {state !== "failed" && (
          <>
            <b>{found}</b>
            {ends}
          </>
        )}
      </p>
    </div>
  );
}

function Matches({
  matches,
  count,
  explain,
}: ResultsProps & { readonly matches: readonly Match[]; readonly count: number }): JSX.Element {
  const chosen = explanation.value?.wish.event;
  const rule = explanation.value?.wish.rule;
  return (
    <section class="matches" aria-label="Alerts">
      <table>
        <caption class="unseen">Alerts of the run</caption>
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
              aria-current={match.event === chosen && match.rule === rule ? "true" : undefined}
            >
              <td class="number">
                <button
                  type="button"
                  class="plain"
                  title="Explain"
                  onClick={() => explain({ event: match.event, rule: match.rule })}
                >
                  <span class="unseen">Explain event </span>
                  {integer(match.event)}
                </button>
              </td>
              <td class="when">
                <Time iso={match.time} />
              </td>
              <td class="rule">
                <Swatch priority={priorityOf(match)} /> <Untrusted text={match.rule} />
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
        <p class="quiet">
          Only the first {integer(MAX_MATCHES)} of {integer(count)} alerts are listed.
        </p>
      )}
    </section>
  );
}

/** Priorities come from the engine's own table, which is the API's. */
function priorityOf({ priority }: Match): Priority {
  return priority as Priority;
}

function ByRule({ result, explain }: ResultsProps & { readonly result: RunResult }): JSX.Element {
  const { byRule } = result;
  const fired = byRule.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const silent = byRule.filter(({ count }) => count === 0);
  return (
    <details class="by-rule" open={byRule.length <= 3}>
      <summary>
        {fired.length} of {quantity(byRule.length, "rule")} fired
      </summary>
      <ul>
        {[...fired, ...silent].map(({ rule, count }) => (
          <li key={rule}>
            <span class="number">{integer(count)}</span>
            <Untrusted text={rule} />
            {count === 0 && (
              <button type="button" class="plain" onClick={() => explain({ rule })}>
                Why not? <span class="unseen">Nearest event to {visible(rule)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

const ALL = "";

/** Asks about an event that raised nothing, or for the event that came nearest. */
function ExplainForm({ result, explain }: ResultsProps & { readonly result: RunResult | undefined }): JSX.Element {
  const event = useId();
  const rule = useId();
  return (
    <form
      class="why-not"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        const form = new FormData(submitted.currentTarget);
        const number = Number(form.get("event"));
        const name = String(form.get("rule") ?? ALL);
        if (number > 0) explain({ event: number, ...(name !== ALL && { rule: name }) });
        else if (name !== ALL) explain({ rule: name });
      }}
    >
      <label for={event}>Explain event</label>
      <input id={event} name="event" type="number" min="1" step="1" placeholder="nearest" />
      <label for={rule}>to</label>
      <select id={rule} name="rule">
        {result?.byRule.map(({ rule: name }) => (
          <option key={name} value={name}>
            {visible(name)}
          </option>
        ))}
        <option value={ALL}>all rules</option>
      </select>
      <button type="submit">Why?</button>
    </form>
  );
}

function ExplanationSection({
  explained: { wish, json, failure },
}: {
  readonly explained: ExplanationRequest;
}): JSX.Element {
  const heading = useId();
  const place = useRef<HTMLHeadingElement>(null);
  const isTold = json !== undefined || failure !== undefined;
  // Who asked from the list, or by its keys, is led to the answer.
  useEffect(() => {
    if (!isTold) return;
    place.current?.focus({ preventScroll: true });
    place.current?.parentElement?.scrollIntoView({ block: "nearest" });
  }, [isTold]);
  const found = lastRun.value?.matches.find(({ event, rule }) => event === wish.event && rule === wish.rule);
  return (
    <section class="explained" aria-labelledby={heading} aria-busy={!isTold}>
      <h3 id={heading} ref={place} tabIndex={-1}>
        {found === undefined ? "Why, or why not" : "Why it fired"}
      </h3>
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {!isTold && <p class="quiet">Loading …</p>}
      {json !== undefined && <Explanation json={json} />}
      {found !== undefined && (
        <details class="as-json">
          <summary>The alert as JSON</summary>
          <pre>
            <Untrusted text={found.json} />
          </pre>
        </details>
      )}
    </section>
  );
}

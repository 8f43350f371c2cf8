import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ResponseRecord } from "../../src/api/schemas/response.ts";
import { api } from "../api/client.ts";
import { status, subscribe } from "../api/live.ts";
import { filtered, filterOf, NO_FILTER } from "../filter/filter.ts";
import { FilterBar, rangePhrase } from "../filter/filter-bar.tsx";
import { Dialog } from "../shell/dialog.tsx";
import { usePaged } from "../shell/paged.ts";
import { messageOf } from "../shell/resource.ts";
import { parameters } from "../shell/router.ts";
import { Scroll } from "../shell/scroll.tsx";
import { hasRole } from "../shell/session.ts";
import { durationText } from "../text/clock.ts";
import { integer } from "../text/number.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";

const PAGE = 200;

/** What was done about alerts, what was not and why; and the switch that stops it all. */
export function ResponsesPage(): JSX.Element {
  const filter = filterOf(parameters.value);
  const key = filtered("", filter);
  const { done = 0, skipped = 0, failed = 0, heldBack = 0 } = status.value?.responses ?? {};
  const total = done + skipped + failed + heldBack;
  const seen = useRef(total);
  // What is new is shown at once, but not to those who read on in what was before.
  const reads = useRef(false);
  if (!reads.current) seen.current = total;
  const paged = usePaged(`responses${key}#${seen.current}`, async (cursor, signal) => {
    const { responses, next } = await api.responses(
      filter,
      { limit: PAGE, ...(cursor !== undefined && { cursor }) },
      signal,
    );
    return { rows: responses, next };
  });
  useEffect(() => subscribe(NO_FILTER, {}), []);
  const { rows, more, failure } = paged;
  return (
    <>
      <FilterBar error={failure} />
      <section class="view">
        <div class="heading">
          <h1>Responses</h1>
          {status.value !== undefined && <Totals {...status.value.responses} />}
          <span class="gap" />
          <PauseSwitch paused={status.value?.responses.paused} />
        </div>
        <div class="panel">
          <Scroll>
            {rows === undefined ? (
              <p class="waiting">{failure ?? "Loading …"}</p>
            ) : rows.length === 0 ? (
              <p class="quiet empty">Nothing was done about an alert {rangePhrase(filter)}.</p>
            ) : (
              <table class="lined">
                <thead>
                  <tr>
                    <th scope="col">Time</th>
                    <th scope="col">Response</th>
                    <th scope="col">Action</th>
                    <th scope="col">Target</th>
                    <th scope="col">Step</th>
                    <th scope="col" class="number">
                      Took
                    </th>
                    <th scope="col">Why</th>
                    <th scope="col">Alert</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <Row key={`${row.time}${row.action}${row.target}${row.step}`} {...row} />
                  ))}
                </tbody>
              </table>
            )}
          </Scroll>
        </div>
        {more !== undefined && (
          <p class="empty">
            <button
              type="button"
              onClick={() => {
                reads.current = true;
                more();
              }}
            >
              More
            </button>
          </p>
        )}
      </section>
    </>
  );
}

function Row({
  time,
  response = "",
  action,
  target,
  step,
  duration,
  reason,
  rule,
  alert,
}: ResponseRecord): JSX.Element {
  return (
    <tr>
      <td class="nowrap">
        <Time iso={time} />
      </td>
      <th scope="row">
        <Untrusted text={response} />
      </th>
      <td>
        <Untrusted text={action} />
      </td>
      <td>
        <Untrusted text={target} />
      </td>
      <td class={/fail/i.test(step) ? "bad" : /done/i.test(step) ? "good" : ""}>
        <Untrusted text={step} />
      </td>
      <td class="number">{duration === undefined || duration === null ? "" : durationText(duration)}</td>
      <td>
        <Untrusted text={inWords(reason)} />
      </td>
      <td>
        {alert !== undefined && (
          <a href={`/alerts/${encodeURIComponent(alert)}`}>
            <Untrusted text={rule ?? "alert"} />
          </a>
        )}
      </td>
    </tr>
  );
}

/** The journal's word for why: `dry_run`. */
function inWords(reason = ""): string {
  return /^[a-z_]+$/.test(reason) ? reason.replaceAll("_", " ") : reason;
}

interface TotalsProps {
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly heldBack: number;
}

function Totals({ done, skipped, failed, heldBack }: TotalsProps): JSX.Element {
  return (
    <p class="quiet">
      {integer(done)} done, {integer(skipped)} skipped, {integer(heldBack)} held back, {integer(failed)} failed
    </p>
  );
}

/** For admins. Asks first: it concerns everything that is armed. */
function PauseSwitch({ paused }: { readonly paused: boolean | undefined }): JSX.Element | null {
  const asking = useSignal(false);
  const failure = useSignal("");
  if (paused === undefined) return null;
  const change = async (): Promise<void> => {
    try {
      await (paused ? api.resumeResponses() : api.pauseResponses());
      failure.value = "";
      asking.value = false;
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  return (
    <>
      <span class={paused ? "bad" : "quiet"}>{paused ? "Paused: no action runs." : "Responses are on."}</span>
      {hasRole("admin") && (
        <button
          type="button"
          onClick={() => {
            asking.value = true;
          }}
        >
          {paused ? "Resume …" : "Pause all …"}
        </button>
      )}
      {asking.value && (
        <Dialog
          title={paused ? "Resume responses?" : "Pause all responses?"}
          close={() => {
            asking.value = false;
          }}
        >
          <div class="stacked">
            <p>
              {paused
                ? "Actions run again for alerts that come from now on. What was skipped stays undone."
                : "No action runs until you resume. Alerts are raised and delivered as before; what would have been done is in the history as skipped."}
            </p>
            <p class="failure" role="alert">
              {failure.value}
            </p>
            <button type="submit" class="primary" onClick={() => void change()}>
              {paused ? "Resume" : "Pause"}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

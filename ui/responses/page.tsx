import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ResponseRecord } from "../../src/api/schemas/response.ts";
import type { Status } from "../../src/api/schemas/status.ts";
import { api } from "../../ui-shared/api/client.ts";
import { status, subscribe } from "../../ui-shared/api/live.ts";
import { filtered, filterOf, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { FilterBar, rangePhrase } from "../../ui-shared/filter/filter-bar.tsx";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { LoadMore } from "../../ui-shared/page/load-more.tsx";
import { usePaged } from "../../ui-shared/page/paged.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { durationText } from "../../ui-shared/text/clock.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

const PAGE = 200;

/** History of response actions, and the switch that pauses all responses. */
export function ResponsesPage(): JSX.Element {
  const filter = filterOf(parameters.value);
  const key = filtered("", filter);
  const { done = 0, skipped = 0, failed = 0, heldBack = 0 } = status.value?.responses ?? {};
  const total = done + skipped + failed + heldBack;
  // New responses are shown immediately until the user loads older responses.
  const shownTotal = useRef(total);
  const isPaging = useRef(false);
  if (!isPaging.current) shownTotal.current = total;
  const paged = usePaged(`responses${key}#${shownTotal.current}`, async (cursor, signal) => {
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
          <PauseSwitch responses={status.value?.responses} />
        </div>
        <Exhausted budgets={status.value?.responses.exhausted} />
        <div class="panel">
          <Cards>
            {rows === undefined ? (
              <p class="waiting">{failure ?? "Loading…"}</p>
            ) : rows.length === 0 ? (
              <p class="muted empty">No responses{rangePhrase(filter)}.</p>
            ) : (
              <table class="lined">
                <thead>
                  <tr>
                    <th scope="col">Time</th>
                    <th scope="col">Response</th>
                    <th scope="col">Action</th>
                    <th scope="col">Target</th>
                    <th scope="col">Status</th>
                    <th scope="col" class="number">
                      Duration
                    </th>
                    <th scope="col">Reason</th>
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
          </Cards>
        </div>
        <LoadMore
          more={
            more &&
            (() => {
              isPaging.current = true;
              more();
            })
          }
        />
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
        <Untrusted text={reasonText(reason)} />
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

/** Formats a reason, such as `dry run` for `dry_run`. */
function reasonText(reason = ""): string {
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
    <p class="muted">
      {integer(done)} done, {integer(skipped)} skipped, {integer(heldBack)} suppressed, {integer(failed)} failed
    </p>
  );
}

/** Exhausted budgets, with the rules and targets that used them. */
function Exhausted({
  budgets = [],
}: {
  readonly budgets: Status["responses"]["exhausted"] | undefined;
}): JSX.Element | null {
  if (budgets.length === 0) return null;
  return (
    <ul class="bad" aria-label="Exhausted budgets">
      {budgets.map(({ budget, until, users }) => (
        <li key={budget}>
          The budget of <Untrusted text={budget} /> is exhausted until <Time iso={until} />. Top consumers:{" "}
          <Untrusted text={users} />.
        </li>
      ))}
    </ul>
  );
}

function stateOf(responses: Status["responses"] | undefined): string {
  if (responses?.paused) return "Responses are paused.";
  return responses?.dryRun ? "Dry run: actions are only simulated." : "Responses are enabled.";
}

/** Pauses or resumes all responses after confirmation, for admins. */
function PauseSwitch({ responses }: { readonly responses: Status["responses"] | undefined }): JSX.Element | null {
  const paused = responses?.paused;
  const confirming = useSignal(false);
  const failure = useSignal("");
  if (paused === undefined) return null;
  const change = async (): Promise<void> => {
    try {
      await (paused ? api.resumeResponses() : api.pauseResponses());
      failure.value = "";
      confirming.value = false;
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  return (
    <>
      <span class={paused ? "bad" : "muted"}>{stateOf(responses)}</span>
      {hasRole("admin") && (
        <button
          type="button"
          onClick={() => {
            confirming.value = true;
          }}
        >
          {paused ? "Resume…" : "Pause all…"}
        </button>
      )}
      {confirming.value && (
        <Dialog
          title={paused ? "Resume responses?" : "Pause all responses?"}
          close={() => {
            confirming.value = false;
          }}
        >
          <div class="stacked">
            <p>
              {paused
                ? "After you resume, actions run for new alerts. Actions that were skipped during the pause are not run later."
                : "No actions run until responses are resumed. Alerts are still raised and delivered. The history lists the actions as skipped."}
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

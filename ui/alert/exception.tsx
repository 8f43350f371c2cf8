import { type Signal, useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { AlertDetail, ExceptionProposal } from "../../src/api/schemas/alert.ts";
import { api } from "../../ui-shared/api/client.ts";
import { status } from "../../ui-shared/api/live.ts";
import { NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { completeStep } from "../../ui-shared/first-steps/progress.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { location, parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { quantity } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { changeMatching } from "../alerts/bulk-change.ts";
import { BulkNotice } from "../alerts/bulk-notice.tsx";
import { ExpiryChoice, endOfPeriod } from "../exceptions/expiry-choice.tsx";
import { Alternatives } from "./alternatives.tsx";
import { FieldChoice } from "./field-choice.tsx";
import { Panel } from "./panel.tsx";

/**
 * Proposes an exception for similar alerts, previews the alerts that the exception excludes, and applies the exception.
 */
export function ExceptionPanel({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  const proposal = useSignal<ExceptionProposal | undefined>(undefined);
  const yaml = useSignal("");
  const failure = useSignal("");
  /** The running request. */
  const running = useSignal<"proposal" | "application" | undefined>(undefined);
  /** Fields that the user has selected; undefined until then. */
  const chosen = useSignal<readonly string[] | undefined>(undefined);
  const latest = useRef(0);
  /** File that contains the exception; empty until the exception is applied. */
  const savedTo = useSignal("");

  /** Runs a request. Ignores its result if another request has been sent since, because the fields have changed. */
  const run = async <T,>(
    kind: "proposal" | "application",
    request: Promise<T>,
    onResult: (result: T) => void,
  ): Promise<void> => {
    const number = ++latest.current;
    const isLatest = (): boolean => number === latest.current;
    running.value = kind;
    failure.value = "";
    try {
      const result = await request;
      if (isLatest()) onResult(result);
    } catch (error) {
      if (!isLatest()) return;
      failure.value = messageOf(error);
      chosen.value = proposal.peek()?.fields;
    } finally {
      if (isLatest()) running.value = undefined;
    }
  };
  const propose = (fields?: readonly string[]): Promise<void> => {
    chosen.value = fields;
    return run("proposal", api.proposeException(alert.id, fields), (proposed) => {
      proposal.value = proposed;
      yaml.value = proposed.yaml;
      savedTo.value = "";
      if (!hasRole("admin") || status.peek()?.watching !== true) completeStep("exception");
    });
  };
  const apply = (options: ApplyOptions): Promise<void> =>
    run("application", applied(yaml.value, options), ({ file }) => {
      savedTo.value = file;
      completeStep("exception");
      if (options.closes && proposal.value !== undefined) void closeMatching(proposal.value, options.reason, failure);
    });

  const begin = useLinkedFocus("#exception");
  const proposed = proposal.value;
  return (
    <Panel title="Exception">
      {proposed === undefined ? (
        <p class="with-note">
          <button type="button" ref={begin} disabled={running.value !== undefined} onClick={() => void propose()}>
            Create exception
          </button>
          <span class="muted">Shows a preview. The rules do not change until the exception is applied.</span>
        </p>
      ) : (
        <div class="exception">
          <Alternatives
            proposal={proposed}
            selected={chosen.value ?? proposed.fields}
            disabled={running.value === "application"}
            select={(fields) => void propose(fields)}
          />
          <FieldChoice
            alert={alert}
            choices={proposed.choices}
            selected={chosen.value ?? proposed.fields}
            disabled={running.value === "application"}
            select={(fields) => void propose(fields)}
          />
          <label for="exception-yaml">Exception (YAML)</label>
          <textarea
            id="exception-yaml"
            class="mono"
            rows={Math.min(20, yaml.value.split("\n").length + 1)}
            spellcheck={false}
            value={yaml.value}
            readOnly={!hasRole("admin") || savedTo.value !== ""}
            onInput={({ currentTarget }) => {
              yaml.value = currentTarget.value;
            }}
          />
          <Preview excluded={proposed.hidden} />
          <ApplyException
            savedTo={savedTo.value}
            loading={running.value !== undefined}
            isEdited={yaml.value !== proposed.yaml}
            apply={(options) => void apply(options)}
          />
        </div>
      )}
      {failure.value !== "" && (
        <p class="failure" role="alert">
          {failure.value}
        </p>
      )}
    </Panel>
  );
}

/** Focuses a button if the user opened the page with a link to that button. */
function useLinkedFocus(hash: string): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (location.peek().hash === hash) button.current?.focus();
  }, [hash]);
  return button;
}

/** Number and samples of the stored alerts that the exception excludes. */
function Preview({ excluded }: { readonly excluded: ExceptionProposal["hidden"] }): JSX.Element {
  return (
    <>
      <p role="status">
        Excludes {excluded.complete === false && "at least "}
        <b>{quantity(excluded.count, "alert")}</b> raised since <Time iso={excluded.since} milliseconds={false} />
        {excluded.count > 0 ? ":" : "."} <Incomplete {...excluded} />
      </p>
      <ul class="samples">
        {excluded.samples.map((sample) => (
          <li key={sample.id} class="clipped">
            <Time iso={sample.time} />{" "}
            <a href={alertAddress(sample.id, parameters.value)}>
              <Untrusted text={sample.output} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function applied(yaml: string, { reason, days }: ApplyOptions): ReturnType<typeof api.applyException> {
  const expires = endOfPeriod(days);
  return api.applyException({ yaml, ...(reason !== "" && { reason }), ...(expires !== undefined && { expires }) });
}

/** Maximum number of characters of a reason for closing alerts. */
const MAX_REASON = 200;

/** Closes the alerts that the proposal showed, and later alerts that match the same query. */
async function closeMatching(
  { query, rule, hidden }: ExceptionProposal,
  reason: string,
  failure: Signal<string>,
): Promise<void> {
  const filter = { ...NO_FILTER, query, since: hidden.since };
  const text = `Exception: ${reason === "" ? rule : reason}`.slice(0, MAX_REASON);
  const error = await changeMatching({ filter, count: undefined, newest: undefined }, "close", { reason: text });
  if (error !== undefined) failure.value = `The alerts were not closed: ${error}`;
}

/** Values that a user has entered for an exception. */
interface ApplyOptions {
  readonly reason: string;
  /** Number of days after which the exception expires; empty: never. */
  readonly days: string;
  /** Whether to close the alerts that the exception would have suppressed. */
  readonly closes: boolean;
}

interface ApplyExceptionProps {
  readonly savedTo: string;
  readonly loading: boolean;
  /** Whether the YAML differs from the proposed one. */
  readonly isEdited: boolean;
  readonly apply: (options: ApplyOptions) => void;
}

function ApplyException({ savedTo, loading, isEdited, apply }: ApplyExceptionProps): JSX.Element {
  const id = useId();
  const reason = useSignal("");
  const days = useSignal("");
  const closes = useSignal(false);
  if (savedTo !== "") {
    return (
      <>
        <p class="good" role="status">
          Exception applied. Saved to <Untrusted text={savedTo} />. <a href="/exceptions">All exceptions</a>
        </p>
        {closes.value && <BulkNotice />}
      </>
    );
  }
  if (!hasRole("admin")) {
    return <p class="muted">Only admins can apply exceptions. Send the YAML to an admin.</p>;
  }
  const options = (): ApplyOptions => ({ reason: reason.value.trim(), days: days.value, closes: closes.value });
  return (
    <>
      <div class="exception-options">
        <label for={`${id}-reason`}>Reason</label>
        <input
          id={`${id}-reason`}
          type="text"
          maxLength={500}
          value={reason.value}
          onInput={({ currentTarget }) => {
            reason.value = currentTarget.value;
          }}
        />
        <label for={`${id}-expires`}>Expires</label>
        <ExpiryChoice
          id={`${id}-expires`}
          value={days.value}
          select={(next) => {
            days.value = next;
          }}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={closes.value}
            onChange={({ currentTarget }) => {
              closes.value = currentTarget.checked;
            }}
          />
          Close the matching alerts too
        </label>
        {closes.value && (
          <p class="muted">
            Closes open and acknowledged alerts that match the selected fields
            {isEdited ? "; edits to the YAML are ignored" : ""}. You can undo this.
          </p>
        )}
      </div>
      <p class="with-note">
        <button type="button" class="primary" disabled={loading} onClick={() => apply(options())}>
          Apply
        </button>
        <span class="muted">Adds the exception to the local exceptions file and reloads the rules.</span>
      </p>
    </>
  );
}

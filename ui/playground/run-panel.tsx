import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Sample } from "../../src/api/schemas/rule.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { CaptureSelect } from "./capture-select.tsx";
import { lastRun, stopRun } from "./last-run.ts";
import type { ExplainTarget, RuleScope } from "./protocol.ts";
import { Results } from "./results.tsx";

interface RunPanelProps {
  readonly samples: readonly Sample[];
  readonly scope: Signal<RuleScope>;
  /** Whether the edited rules can be run. */
  readonly isValid: boolean;
  readonly failure: string;
  readonly run: () => void;
  readonly explain: (target: ExplainTarget) => void;
}

/** Selects rules and a capture, runs them and shows the results. */
export function RunPanel({ samples, scope, isValid, failure, run, explain }: RunPanelProps): JSX.Element {
  const id = useId();
  return (
    <section class="panel running" aria-label="Run">
      <form
        class="run-options"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <label for={id}>Rules</label>
        <select
          id={id}
          value={scope.value}
          onChange={({ currentTarget }) => {
            scope.value = currentTarget.value === "all" ? "all" : "edited";
          }}
        >
          <option value="edited">Edited rules</option>
          <option value="all">All rules</option>
        </select>
        <CaptureSelect samples={samples} />
        <div class="actions">
          <button type="submit" class="primary" disabled={!isValid}>
            Run
          </button>
          <button type="button" disabled={lastRun.value?.state !== "running"} onClick={stopRun}>
            Stop
          </button>
        </div>
      </form>
      {failure !== "" && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      <Results explain={explain} />
    </section>
  );
}

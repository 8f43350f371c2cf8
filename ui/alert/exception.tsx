import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { AlertDetail, ExceptionProposal } from "../../src/api/schemas/alert.ts";
import { api } from "../api/client.ts";
import { messageOf } from "../shell/resource.ts";
import { hasRole } from "../shell/session.ts";
import { quantity } from "../text/number.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { FieldChoice } from "./field-choice.tsx";
import { Panel } from "./panel.tsx";

/**
 * Proposes an exception for similar alerts, previews the alerts that the exception excludes, and applies the exception.
 */
export function ExceptionPanel({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  const proposal = useSignal<ExceptionProposal | undefined>(undefined);
  const yaml = useSignal("");
  const failure = useSignal("");
  const loading = useSignal(false);
  /** File that contains the exception; empty until the exception is applied. */
  const savedTo = useSignal("");

  const run = async (request: () => Promise<void>): Promise<void> => {
    loading.value = true;
    failure.value = "";
    try {
      await request();
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      loading.value = false;
    }
  };
  const propose = (fields?: readonly string[]): Promise<void> =>
    run(async () => {
      const proposed = await api.proposeException(alert.id, fields);
      proposal.value = proposed;
      yaml.value = proposed.yaml;
    });
  const apply = (): Promise<void> =>
    run(async () => {
      const { file } = await api.applyException(yaml.value);
      savedTo.value = file;
    });

  const proposed = proposal.value;
  return (
    <Panel title="Exception">
      {proposed === undefined ? (
        <p>
          <button type="button" disabled={loading.value} onClick={() => void propose()}>
            Create exception
          </button>{" "}
          <span class="muted">Shows a preview. The rules do not change until the exception is applied.</span>
        </p>
      ) : (
        <div class="exception">
          <FieldChoice
            alert={alert}
            choices={proposed.choices}
            selected={proposed.fields}
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
          <ApplyException savedTo={savedTo.value} loading={loading.value} apply={() => void apply()} />
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

/** Number and samples of the stored alerts that the exception excludes. */
function Preview({ excluded }: { readonly excluded: ExceptionProposal["hidden"] }): JSX.Element {
  return (
    <>
      <p role="status">
        Excludes <b>{quantity(excluded.count, "alert")}</b> raised since{" "}
        <Time iso={excluded.since} milliseconds={false} />
        {excluded.count > 0 ? ":" : "."}
      </p>
      <ul class="samples">
        {excluded.samples.map((sample) => (
          <li key={sample.id} class="clipped">
            <Time iso={sample.time} />{" "}
            <a href={`/alerts/${encodeURIComponent(sample.id)}`}>
              <Untrusted text={sample.output} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

interface ApplyExceptionProps {
  readonly savedTo: string;
  readonly loading: boolean;
  readonly apply: () => void;
}

function ApplyException({ savedTo, loading, apply }: ApplyExceptionProps): JSX.Element {
  if (savedTo !== "") {
    return (
      <p class="good" role="status">
        Exception applied. Saved to <Untrusted text={savedTo} />.
      </p>
    );
  }
  if (!hasRole("admin")) {
    return <p class="muted">Only admins can apply exceptions. Send the YAML to an admin.</p>;
  }
  return (
    <p>
      <button type="button" class="primary" disabled={loading} onClick={apply}>
        Apply
      </button>{" "}
      <span class="muted">Adds the exception to the local exceptions file and reloads the rules.</span>
    </p>
  );
}

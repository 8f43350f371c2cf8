import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { AlertDetail, ExceptionProposal } from "../../src/api/schemas/alert.ts";
import { changes } from "../../src/field/roles.ts";
import { api } from "../api/client.ts";
import { messageOf } from "../shell/resource.ts";
import { hasRole } from "../shell/session.ts";
import { quantity } from "../text/number.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { valueText } from "../text/value.ts";
import { Panel } from "./panel.tsx";

/** Proposes an exception that silences alerts like this one, shows what it would have hidden, and puts it into force. */
export function ExceptionPanel({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  const proposal = useSignal<ExceptionProposal | undefined>(undefined);
  const yaml = useSignal("");
  const failure = useSignal("");
  const waiting = useSignal(false);
  const applied = useSignal("");

  const run = async (act: () => Promise<void>): Promise<void> => {
    waiting.value = true;
    failure.value = "";
    try {
      await act();
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      waiting.value = false;
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
      applied.value = file;
    });

  const proposed = proposal.value;
  return (
    <Panel title="Exception">
      {proposed === undefined ? (
        <p>
          <button type="button" disabled={waiting.value} onClick={() => void propose()}>
            Make an exception from this
          </button>{" "}
          <span class="quiet">
            A preview: the exception, and the alerts that it would have hidden. Nothing changes yet.
          </span>
        </p>
      ) : (
        <div class="exception">
          <Choice
            alert={alert}
            choices={proposed.choices}
            chosen={proposed.fields}
            choose={(fields) => void propose(fields)}
          />
          <label for="exception-yaml">The exception</label>
          <textarea
            id="exception-yaml"
            class="mono"
            rows={Math.min(20, yaml.value.split("\n").length + 1)}
            spellcheck={false}
            value={yaml.value}
            readOnly={!hasRole("admin") || applied.value !== ""}
            onInput={({ currentTarget }) => {
              yaml.value = currentTarget.value;
            }}
          />
          <p role="status">
            It would have hidden <b>{quantity(proposed.hidden.count, "alert")}</b> since{" "}
            <Time iso={proposed.hidden.since} milliseconds={false} />
            {proposed.hidden.count > 0 ? ":" : "."}
          </p>
          <ul class="samples">
            {proposed.hidden.samples.map((sample) => (
              <li key={sample.id} class="clipped">
                <Time iso={sample.time} />{" "}
                <a href={`/alerts/${encodeURIComponent(sample.id)}`}>
                  <Untrusted text={sample.output} />
                </a>
              </li>
            ))}
          </ul>
          {applied.value !== "" ? (
            <p class="good" role="status">
              Saved and active in <Untrusted text={applied.value} />.
            </p>
          ) : hasRole("admin") ? (
            <p>
              <button type="button" class="primary" disabled={waiting.value} onClick={() => void apply()}>
                Apply
              </button>{" "}
              <span class="quiet">Adds it to the local exceptions and reloads the rules.</span>
            </p>
          ) : (
            <p class="quiet">An admin can apply it; you can hand on the text.</p>
          )}
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

interface ChoiceProps {
  readonly alert: AlertDetail;
  /** Undefined: whatever the alert has that lasts. */
  readonly choices: readonly string[] | undefined;
  readonly chosen: readonly string[];
  readonly choose: (fields: readonly string[]) => void;
}

/** Which fields of the alert the exception is about. */
function Choice({ alert, choices, chosen, choose }: ChoiceProps): JSX.Element {
  const lasting = (name: string): boolean => !changes(name) && (valueText(alert.fields[name]) ?? "") !== "";
  const names = [...new Set([...chosen, ...(choices ?? Object.keys(alert.fields).filter(lasting))])].sort(
    (a, b) => Number(chosen.includes(b)) - Number(chosen.includes(a)) || (a < b ? -1 : 1),
  );
  return (
    <fieldset class="choice">
      <legend>Alerts are hidden where all of these are the same</legend>
      {names.map((name) => (
        <label key={name} title={name}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={({ currentTarget }) => {
              const next = currentTarget.checked ? [...chosen, name] : chosen.filter((one) => one !== name);
              if (next.length > 0) choose(next);
              else currentTarget.checked = true;
            }}
          />
          <span class="mono">
            <Untrusted text={name} />
          </span>
          <span class="quiet clipped">
            <Untrusted text={valueText(alert.fields[name]) ?? ""} />
          </span>
        </label>
      ))}
    </fieldset>
  );
}

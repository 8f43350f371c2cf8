import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import type { OutputStatus, SourceStatus, Status } from "../../src/api/schemas/status.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { type Filter, filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { ago, durationText } from "../../ui-shared/text/clock.ts";
import { compact, integer, quantity, size } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { outputAddress } from "../outputs/address.ts";
import { OutputStateText } from "../outputs/state-text.tsx";

interface PanelProps {
  readonly title: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

function Panel({ title, class: more = "", children }: PanelProps): JSX.Element {
  const heading = useId();
  return (
    <section class={`panel half ${more}`} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}

function Row({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td class="number">{children}</td>
    </tr>
  );
}

const GOOD = /^(?:ok|up)$/;

function StateText({ state }: { readonly state: string }): JSX.Element {
  return (
    <span class={GOOD.test(state) ? "good" : "bad"}>
      <Untrusted text={state} />
    </span>
  );
}

interface SourcesPanelProps {
  readonly sources: readonly SourceStatus[];
  /** The filter of the view, with the time range of links. */
  readonly filter: Filter;
}

export function SourcesPanel({ sources, filter: { since, until } }: SourcesPanelProps): JSX.Element {
  return (
    <Panel title="Sources">
      {sources.length === 0 ? (
        <p class="muted nothing">No event sources.</p>
      ) : (
        <Cards>
          <table>
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Events/s
                </th>
                <th scope="col" class="number">
                  Events
                </th>
                <th scope="col" class="number">
                  Lag
                </th>
                <th scope="col" class="number">
                  Dropped
                </th>
              </tr>
            </thead>
            <tbody>
              {sources.map(({ name, intake, state, rate, events, lag, drops }) => (
                <tr key={name}>
                  <th scope="row">
                    {intake ? (
                      "Alert intake"
                    ) : (
                      <a href={filtered("/alerts", { ...NO_FILTER, since, until, query: comparison("source", name) })}>
                        <Untrusted text={name} />
                      </a>
                    )}
                  </th>
                  <td>
                    <StateText state={state} />
                  </td>
                  <td class="number">{compact(Math.round(rate))}</td>
                  <td class="number">{compact(events)}</td>
                  <td class="number">{lag === null ? "–" : durationText(lag)}</td>
                  <td class={drops > 0 ? "number bad" : "number"}>{compact(drops)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Cards>
      )}
    </Panel>
  );
}

export function OutputsPanel({ outputs }: { readonly outputs: readonly OutputStatus[] }): JSX.Element {
  return (
    <Panel title="Outputs">
      {outputs.length === 0 ? (
        <p class="muted nothing">No outputs are enabled. Alerts are stored in the journal.</p>
      ) : (
        <Cards>
          <table>
            <thead>
              <tr>
                <th scope="col">Output</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Delivered
                </th>
                <th scope="col" class="number">
                  Backlog
                </th>
                <th scope="col" class="number">
                  Lag
                </th>
                <th scope="col" class="number">
                  Retried
                </th>
                <th scope="col" class="number">
                  Rejected
                </th>
                <th scope="col" class="number">
                  Dead letters
                </th>
                <th scope="col" class="number">
                  Lost
                </th>
              </tr>
            </thead>
            <tbody>
              {outputs.map((output) => (
                <OutputRows key={output.name} {...output} />
              ))}
            </tbody>
          </table>
        </Cards>
      )}
    </Panel>
  );
}

function OutputRows(output: OutputStatus): JSX.Element {
  const { name, state, delivered, waiting, lag, retried, refused, dead, lost = 0, lastError } = output;
  return (
    <>
      <tr>
        <th scope="row">
          <a href={outputAddress(name)}>
            <Untrusted text={name} />
          </a>
        </th>
        <td>
          <OutputStateText state={state} />
        </td>
        <td class="number">{compact(delivered)}</td>
        <td class="number">{compact(waiting)}</td>
        <td class="number">{lag === null || waiting === 0 ? "–" : durationText(lag)}</td>
        <td class="number">{compact(retried)}</td>
        <BadNumber value={refused} title="Rejected by the receiver since the agent started" />
        <BadNumber value={dead} title="Rejected alerts that are stored and can be sent again" />
        <BadNumber
          value={Math.max(0, lost - refused)}
          title="Lost for another reason, such as a full queue or deletion from the journal before delivery"
        />
      </tr>
      {lastError !== null && lastError !== undefined && (
        <tr class="last-error">
          <td colSpan={9}>
            <Untrusted text={lastError} />
          </td>
        </tr>
      )}
    </>
  );
}

function BadNumber({ value, title }: { readonly value: number; readonly title: string }): JSX.Element {
  return (
    <td class={value > 0 ? "number bad" : "number"} title={title}>
      {compact(value)}
    </td>
  );
}

export function ResponsesPanel({ responses }: { readonly responses: Status["responses"] }): JSX.Element {
  const { paused, dryRun, done, skipped, failed, heldBack, exhausted } = responses;
  return (
    <Panel title="Responses">
      <table>
        <tbody>
          <Row label="Done">{integer(done)}</Row>
          <Row label="Skipped">{integer(skipped)}</Row>
          <Row label="Suppressed">{integer(heldBack)}</Row>
          <Row label="Failed">
            <span class={failed > 0 ? "bad" : ""}>{integer(failed)}</span>
          </Row>
          {exhausted.length > 0 && (
            <Row label="Exhausted budgets">
              <span class="bad">{integer(exhausted.length)}</span>
            </Row>
          )}
        </tbody>
      </table>
      <p class="foot">
        <a href="/responses">
          {paused ? "Responses are paused" : dryRun ? "Dry run: actions are only simulated" : "Show history"}
        </a>
      </p>
    </Panel>
  );
}

/** The worst state of all components. */
function overall(health: Status["health"]): JSX.Element {
  const worst = ["failed", "degraded"].find((each) => health.some(({ state }) => state === each)) ?? "ok";
  return <StateText state={worst} />;
}

/** Components whose state is not ok. Not shown if all components are ok. */
export function HealthPanel({ health }: { readonly health: Status["health"] }): JSX.Element | null {
  const troubled = health.filter(({ state }) => state !== "ok");
  if (troubled.length === 0) return null;
  return (
    <Panel title="Health" class="health-panel">
      <Cards>
        <table>
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col">State</th>
              <th scope="col">Since</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {troubled.map(({ name, state, since, reason }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <StateText state={state} />
                </td>
                <td title={since}>{ago(since)}</td>
                <td>
                  <Untrusted text={reason} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Cards>
    </Panel>
  );
}

export function AgentPanel({ status }: { readonly status: Status }): JSX.Element {
  const { version, hostname, started, watching, health, journal, rules } = status;
  return (
    <Panel title="Agent">
      <table>
        <tbody>
          <Row label="Host">
            <Untrusted text={hostname} />
          </Row>
          <Row label="Version">{version}</Row>
          {watching && <Row label="Health">{overall(health)}</Row>}
          <Row label="Started">
            <span title={started}>{ago(started)}</span>
          </Row>
          <Row label="Rules">
            <a href="/rules">
              {integer(rules.loaded)}
              {rules.warnings > 0 && `, ${quantity(rules.warnings, "warning")}`}
            </a>
          </Row>
          <Row label="Journal">
            {quantity(journal.alerts, "alert")}, {size(journal.bytes)}
          </Row>
          {journal.oldest !== null && (
            <Row label="Oldest alert">
              <Time iso={journal.oldest} milliseconds={false} />
            </Row>
          )}
        </tbody>
      </table>
    </Panel>
  );
}

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import type { Coverage } from "../../src/api/schemas/rule.ts";
import { api } from "../api/client.ts";
import { comparison } from "../filter/compose.ts";
import { ALL_TIME, filtered, NO_FILTER } from "../filter/filter.ts";
import { useResource } from "../shell/resource.ts";
import { Incomplete } from "../text/incomplete.tsx";
import { compact, quantity } from "../text/number.ts";
import { Untrusted } from "../text/untrusted.tsx";
import {
  attackAddress,
  type Cell,
  cellAt,
  columnsOf,
  isArrow,
  stateOf,
  type TacticColumn,
  type Technique,
} from "./matrix.ts";

/** MITRE ATT&CK techniques that loaded rules cover, with their number of alerts. */
export function CoveragePage(): JSX.Element {
  const { value, failure } = useResource("coverage", (signal) => api.coverage(signal)).value;
  return (
    <section class="view coverage">
      <h1>Coverage</h1>
      {value === undefined ? (
        <p class={failure === undefined ? "waiting" : "failure"}>{failure ?? "Loading…"}</p>
      ) : (
        <Matrix coverage={value} />
      )}
    </section>
  );
}

function Matrix({ coverage }: { readonly coverage: Coverage }): JSX.Element {
  const columns = columnsOf(coverage);
  const techniques = columns.reduce((sum, column) => sum + column.techniques.length, 0);
  const fired = columns.reduce((sum, column) => sum + column.fired, 0);
  const tactics = columns.filter((column) => column.techniques.length > 0).length;
  return (
    <>
      <p>
        Loaded rules cover <b>{quantity(techniques, "technique")}</b> in {tactics} of {columns.length} MITRE ATT&CK
        tactics. <b>{quantity(fired, "technique")}</b> {fired === 1 ? "has" : "have"} alerts in the journal.{" "}
        <Incomplete {...coverage} />
      </p>
      <ul class="legend" aria-label="Legend">
        <li>
          <span class="sample fired" aria-hidden="true" /> Covered, with alerts
        </li>
        <li>
          <span class="sample covered" aria-hidden="true" /> Covered, no alerts
        </li>
        <li>
          <span class="sample uncovered" aria-hidden="true" /> Not covered
        </li>
      </ul>
      <Tactics columns={columns} />
    </>
  );
}

/**
 * Techniques by tactic, with a single tab stop. Arrow keys move between techniques. The details of the selected
 * technique are shown below.
 */
function Tactics({ columns }: { readonly columns: readonly TacticColumn[] }): JSX.Element {
  const first = columns.findIndex(({ techniques }) => techniques.length > 0);
  const tabStop = useSignal<Cell>({ column: Math.max(first, 0), row: 0 });
  const selected = useSignal<Cell | undefined>(undefined);
  const list = useRef<HTMLUListElement>(null);
  const hint = useId();

  function move(event: KeyboardEvent): void {
    if (!isArrow(event.key)) return;
    event.preventDefault();
    const next = cellAt(tabStop.value, event.key, columns);
    tabStop.value = next;
    list.current?.querySelector<HTMLElement>(`[data-cell="${next.column} ${next.row}"]`)?.focus();
  }
  const buttonOf = (technique: Technique, cell: Cell): JSX.Element => {
    const isSelected = isSame(selected.value, cell);
    return (
      <button
        type="button"
        class={`technique ${stateOf(technique)}`}
        aria-pressed={isSelected}
        tabIndex={isSame(tabStop.value, cell) ? 0 : -1}
        data-cell={`${cell.column} ${cell.row}`}
        onKeyDown={move}
        onClick={() => {
          tabStop.value = cell;
          selected.value = isSelected ? undefined : cell;
        }}
      >
        <TechniqueFacts technique={technique} />
      </button>
    );
  };

  return (
    <>
      <ul class="panel matrix" aria-label="Techniques by tactic" aria-describedby={hint} ref={list}>
        {columns.map(({ id, name, rules, techniques }, column) => (
          <li key={id} class={rules === 0 ? "tactic uncovered" : "tactic"}>
            <h2>
              <Untrusted text={name} />
              <span class="muted">{rules === 0 ? "no rules" : quantity(rules, "rule")}</span>
            </h2>
            {techniques.length > 0 && (
              <ul>
                {techniques.map((technique, row) => (
                  <li key={technique.id}>{buttonOf(technique, { column, row })}</li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      <p id={hint} class="muted">
        Use the arrow keys to move between techniques, and Enter to show the rules for a technique.
      </p>
      <div aria-live="polite" class="selected-technique-area">
        {selected.value !== undefined && <SelectedTechnique columns={columns} cell={selected.value} />}
      </div>
    </>
  );
}

function isSame(one: Cell | undefined, other: Cell): boolean {
  return one?.column === other.column && one.row === other.row;
}

function TechniqueFacts({ technique: { id, name, rules, fired } }: { readonly technique: Technique }): JSX.Element {
  return (
    <>
      <span class="technique-name">
        <Untrusted text={name === "" ? id : name} />
      </span>
      <span class="technique-facts">
        <span>{id}</span>
        <span>
          {quantity(rules.length, "rule")}
          {fired > 0 && `, ${compact(fired)} alert${fired === 1 ? "" : "s"}`}
        </span>
      </span>
    </>
  );
}

function SelectedTechnique({
  columns,
  cell: { column, row },
}: {
  columns: readonly TacticColumn[];
  cell: Cell;
}): JSX.Element | null {
  const heading = useId();
  const tactic = columns[column];
  const technique = tactic?.techniques[row];
  if (tactic === undefined || technique === undefined) return null;
  const { id, name, rules, fired } = technique;
  const address = attackAddress(id);
  const query = rules.map((rule) => comparison("rule", rule)).join(" or ");
  return (
    <section class="panel selected-technique" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>
          {id} <Untrusted text={name} />
        </h2>
        <span class="muted">
          <Untrusted text={tactic.name} />
        </span>
        <span class="gap" />
        {fired > 0 && (
          <a href={filtered("/alerts", { ...NO_FILTER, query, since: ALL_TIME })}>{quantity(fired, "alert")}</a>
        )}
        {address !== undefined && (
          <a href={address} target="_blank" rel="noreferrer noopener">
            attack.mitre.org
          </a>
        )}
      </header>
      <ul>
        {rules.map((rule) => (
          <li key={rule}>
            <a href={`/rules/${encodeURIComponent(rule)}`}>
              <Untrusted text={rule} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

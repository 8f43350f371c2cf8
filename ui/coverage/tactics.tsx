import { useSignal } from "@preact/signals";
import { Fragment, type JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import { heatOf } from "../../ui-shared/chart/heat.ts";
import { compact, quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import type { Layer } from "./layer-file.ts";
import { isArrow, isCovered, type MatrixCell, type Position, positionAt, type TacticColumn } from "./matrix.ts";
import { SelectedTechnique } from "./selected-technique.tsx";

interface TacticsProps {
  readonly columns: readonly TacticColumn[];
  /** Steps of the heat scale for alerts. */
  readonly steps: readonly number[];
  /** Reasons why techniques have no default rule. */
  readonly reasons: readonly string[];
  /** The layer with which the coverage is compared. */
  readonly layer: Layer | undefined;
}

/**
 * Techniques by tactic, with a single tab stop. Arrow keys move between techniques. The details of the selected
 * technique are shown below.
 */
export function Tactics({ columns, steps, reasons, layer }: TacticsProps): JSX.Element {
  const tabStop = useSignal<Position>({ column: 0, row: 0 });
  const selected = useSignal<Position | undefined>(undefined);
  const list = useRef<HTMLUListElement>(null);
  const hint = useId();
  const current = existing(tabStop.value, columns);

  function move(event: KeyboardEvent): void {
    if (!isArrow(event.key)) return;
    event.preventDefault();
    const next = positionAt(current, event.key, columns);
    tabStop.value = next;
    list.current?.querySelector<HTMLElement>(`[data-cell="${next.column} ${next.row}"]`)?.focus();
  }
  const chosen = selected.value;
  const shown = chosen === undefined ? undefined : columns[chosen.column]?.cells[chosen.row];
  return (
    <>
      <ul class="panel matrix" aria-label="Techniques by tactic" aria-describedby={hint} ref={list}>
        {columns.map(({ id, name, all, covered, cells }, column) => (
          <li key={id} class={covered === 0 ? "tactic uncovered" : "tactic"}>
            <h2>
              <Untrusted text={name} />
              <span class="muted">
                {all > 0 ? `${covered} of ${all} covered` : cells.length > 0 ? "other platforms" : "no techniques"}
              </span>
            </h2>
            {cells.length > 0 && (
              <ul>
                {cells.map((cell, row) => (
                  <li key={cell.technique.id} class={cell.isNested ? "nested" : undefined}>
                    <button
                      type="button"
                      class={`technique ${shadeOf(cell, steps)}`}
                      aria-pressed={isSame(chosen, { column, row })}
                      tabIndex={isSame(current, { column, row }) ? 0 : -1}
                      data-cell={`${column} ${row}`}
                      onKeyDown={move}
                      onClick={() => {
                        tabStop.value = { column, row };
                        selected.value = isSame(chosen, { column, row }) ? undefined : { column, row };
                      }}
                    >
                      <TechniqueFacts cell={cell} layer={layer} />
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      {columns.every(({ cells }) => cells.length === 0) && <p class="muted">No techniques.</p>}
      <p id={hint} class="muted">
        Use the arrow keys to move between techniques, and Enter to show the rules for a technique.
      </p>
      <div aria-live="polite" class="selected-technique-area">
        {chosen !== undefined && shown !== undefined && (
          <SelectedTechnique
            key={shown.technique.id}
            cell={shown}
            tactic={columns[chosen.column]?.name ?? ""}
            reasons={reasons}
            layer={layer}
          />
        )}
      </div>
    </>
  );
}

/** The position, or the first cell if the matrix has no such position. */
function existing(position: Position, columns: readonly TacticColumn[]): Position {
  if (columns[position.column]?.cells[position.row] !== undefined) return position;
  return {
    column: Math.max(
      0,
      columns.findIndex(({ cells }) => cells.length > 0),
    ),
    row: 0,
  };
}

function isSame(one: Position | undefined, other: Position): boolean {
  return one?.column === other.column && one.row === other.row;
}

function shadeOf({ technique }: MatrixCell, steps: readonly number[]): string {
  if (!isCovered(technique)) return "gap-cell";
  return technique.fired === 0 ? "covered" : `fired heat-${heatOf(technique.fired, steps)}`;
}

interface TechniqueFactsProps {
  readonly cell: MatrixCell;
  readonly layer: Layer | undefined;
}

function TechniqueFacts({ cell, layer }: TechniqueFactsProps): JSX.Element {
  const { technique, name, subTechniques } = cell;
  const { id, rules, fired } = technique;
  return (
    <>
      <span class="technique-name">
        {(name === "" ? id : name).split(/(?<=\/)/).map((part, i) => (
          <Fragment key={i}>
            {i > 0 && <wbr />}
            <Untrusted text={part} />
          </Fragment>
        ))}
      </span>
      <span class="technique-facts">
        <span>{id}</span>
        <span>
          {rules.length === 0 ? "no rule" : quantity(rules.length, "rule")}
          {fired > 0 && (
            <>
              , <span class="nowrap">{`${compact(fired)} alert${fired === 1 ? "" : "s"}`}</span>
            </>
          )}
        </span>
        {subTechniques.all > 0 && (
          <span title="Covered sub-techniques">
            {subTechniques.covered}/{subTechniques.all} sub<span class="visually-hidden">-techniques</span>
          </span>
        )}
        {layer?.covered.has(id) === true && <span class="in-layer">◆ in layer</span>}
      </span>
    </>
  );
}

import type { ReadonlySignal } from "@preact/signals";
import type { JSX, RefObject, TargetedFocusEvent } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { narrowed } from "../../ui-shared/filter/compose.ts";
import { type ValueCondition, valueConditions, withoutCondition } from "../../ui-shared/filter/conditions.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { applyFilter } from "../../ui-shared/filter/filter-bar.tsx";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { integer } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { type Facet, type FacetCounts, facets, useFacets } from "./use-facets.ts";

interface FacetsProps {
  readonly filter: Filter;
  /** Changes when alerts have arrived. */
  readonly version: ReadonlySignal<number>;
  readonly close: () => void;
}

/** Panel with the most frequent values of the alerts that match the filter. Each value can be included or excluded. */
export function Facets({ filter, version, close }: FacetsProps): JSX.Element {
  const counts = useFacets(filter, version).value;
  const panel = useRef<HTMLElement>(null);
  const remember = useKeptFocus(panel);
  const failure = facets.map(({ by }) => counts[by]?.failure).find((message) => message !== undefined);
  return (
    <section
      ref={panel}
      class="facets"
      aria-label="Facets"
      onFocusIn={remember}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        close();
      }}
    >
      <header>
        <h2>Facets</h2>
        <button type="button" class="plain" aria-label="Close facets" title="Close (f)" onClick={close}>
          ✕
        </button>
      </header>
      {failure !== undefined && <p class="failure">{failure}</p>}
      {facets.map((facet) => (
        <FacetSection key={facet.by} facet={facet} query={filter.query} counts={counts[facet.by]} />
      ))}
    </section>
  );
}

/**
 * Restores the focus of a button whose value has moved because counts have changed. Browsers remove the focus of moved
 * elements.
 */
function useKeptFocus(panel: RefObject<HTMLElement | null>): (event: TargetedFocusEvent<HTMLElement>) => void {
  const label = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (label.current === undefined || document.activeElement !== document.body) return;
    const buttons = [...(panel.current?.querySelectorAll<HTMLElement>("button[data-value]") ?? [])];
    buttons.find(({ dataset }) => dataset.value === label.current)?.focus();
  });
  return ({ target }) => {
    label.current = target instanceof HTMLElement ? target.dataset.value : undefined;
  };
}

interface FacetSectionProps {
  readonly facet: Facet;
  readonly query: string;
  /** Undefined while the counts are being fetched. */
  readonly counts: FacetCounts | undefined;
}

function FacetSection({ facet, query, counts }: FacetSectionProps): JSX.Element | null {
  const heading = useId();
  const { title, fields } = facet;
  const conditions = valueConditions(query, fields);
  const found = counts?.counted?.counts ?? [];
  const conditionOf = (value: string): ValueCondition | undefined =>
    conditions.find((condition) => condition.value.toLowerCase() === value.toLowerCase());
  // Excluded values have no alerts, and an included value may have none.
  const others = conditions.filter(
    ({ value }) => !found.some((each) => each.value.toLowerCase() === value.toLowerCase()),
  );
  if (counts?.counted !== undefined && found.length === 0 && others.length === 0) return null;
  return (
    <section aria-labelledby={heading}>
      <h3 id={heading}>{title}</h3>
      {counts === undefined && <p class="muted">Loading…</p>}
      <ul>
        {[...others.map(({ value }) => ({ value, count: undefined })), ...found].map(({ value, count }) => (
          <FacetValue key={value} {...{ facet, query, value, count }} condition={conditionOf(value)} />
        ))}
      </ul>
      <Incomplete {...counts?.counted} />
    </section>
  );
}

interface FacetValueProps {
  readonly facet: Facet;
  readonly query: string;
  readonly value: string;
  /** Number of alerts; undefined if it is not counted. */
  readonly count: number | undefined;
  /** The condition of the query for this value. */
  readonly condition: ValueCondition | undefined;
}

/** A value with buttons that include and exclude it, or remove its condition. */
function FacetValue({ facet, query, value, count, condition }: FacetValueProps): JSX.Element {
  const shown = visible(value.slice(0, 200));
  const apply = (excluded: boolean) => (): void => {
    if (condition?.excluded === excluded) applyFilter({ query: withoutCondition(query, condition.index) });
    else {
      const rest = condition === undefined ? query : withoutCondition(query, condition.index);
      const selected = facet.condition(value);
      applyFilter({ query: narrowed(rest, excluded ? `not ${selected}` : selected) });
    }
  };
  const isIncluded = condition?.excluded === false;
  const isExcluded = condition?.excluded === true;
  return (
    <li class={isExcluded ? "excluded" : isIncluded ? "included" : undefined}>
      <button
        type="button"
        class="plain include"
        data-value={`+${facet.by}:${value}`}
        aria-pressed={isIncluded}
        aria-label={`${isIncluded ? "Remove filter" : "Only"}: ${facet.title} ${shown}`}
        title={isIncluded ? `Remove the filter ${shown}` : `Show only ${shown}`}
        onClick={apply(false)}
      >
        <Untrusted text={value.slice(0, 200)} />
      </button>
      {count !== undefined && <span class="number muted">{integer(count)}</span>}
      <button
        type="button"
        class="plain exclude"
        data-value={`-${facet.by}:${value}`}
        aria-pressed={isExcluded}
        aria-label={`${isExcluded ? "Remove filter: not" : "Exclude"} ${facet.title} ${shown}`}
        title={isExcluded ? `Stop excluding ${shown}` : `Exclude ${shown}`}
        onClick={apply(true)}
      >
        {isExcluded ? "✕" : "−"}
      </button>
    </li>
  );
}

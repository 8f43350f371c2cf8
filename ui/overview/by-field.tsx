import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { priorities } from "../../src/rule/rule.ts";
import { countTogether } from "../../ui-shared/api/count-together.ts";
import { comparison, narrowed } from "../../ui-shared/filter/compose.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { type ValueCounts, valueCounts } from "../../ui-shared/filter/value-counts.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { integer } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/** A panel that counts alerts by a field. */
export interface Breakdown {
  readonly field: string;
  /** Field to count by if no alert has the first field. */
  readonly fallback?: string;
  readonly title: string;
  /** Returns the condition that selects a value. Default: the field equals the value. */
  readonly condition?: (value: string) => string;
  /** Text shown if no alert has either field. If not set, the panel is omitted. */
  readonly empty?: string;
}

/** The counts of the values of a field. */
type FieldCounts = ValueCounts & { readonly field: string };

interface ByFieldProps extends Breakdown {
  readonly filter: Filter;
  /** The counts are fetched again when this changes. */
  readonly version: number;
}

/** Maximum number of values shown. The panel for rules is taller. */
const limitOf = (field: string): number => (field === "rule" ? 12 : 5);

/** The most frequent values of a field, each with a link that adds the value to the filter. */
export function ByField({
  field: preferred,
  fallback,
  title,
  condition,
  empty,
  filter,
  version,
}: ByFieldProps): JSX.Element | null {
  const heading = useId();
  const fetchCounts = async (signal: AbortSignal): Promise<FieldCounts> => {
    const counted = await valueCounts(preferred, filter, limitOf(preferred), signal, countTogether);
    if (counted.counts.length > 0 || fallback === undefined) return { field: preferred, ...counted };
    return { field: fallback, ...(await valueCounts(fallback, filter, limitOf(fallback), signal, countTogether)) };
  };
  const resource = useResource(filtered(preferred, filter), fetchCounts, version);
  const { value, failure } = resource.value;
  const { field, counts, ...searched } = value ?? { field: preferred, counts: [] };
  if (empty === undefined && counts.length === 0) return null;
  const highest = Math.max(1, ...counts.map(({ count }) => count));
  return (
    <section class={`panel by-field counts-${preferred.replace(/\W/g, "-")}`} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {counts.length === 0 ? (
        <p class="muted nothing">{failure ?? (value === undefined ? "Loading…" : empty)}</p>
      ) : (
        <table>
          <thead class="visually-hidden">
            <tr>
              <th scope="col">{field}</th>
              <th scope="col">Alerts</th>
            </tr>
          </thead>
          <tbody>
            {counts.map(({ value: text, count }) => (
              <tr key={text}>
                <th scope="row">
                  <a
                    href={filtered("/", {
                      ...filter,
                      query: narrowed(filter.query, condition?.(text) ?? comparison(field, text)),
                    })}
                  >
                    <Untrusted text={text} />
                  </a>
                  <svg class="share" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
                    <rect
                      class={field === "priority" ? fillOf(text) : "fill-share"}
                      width={(count / highest) * 100}
                      height="3"
                    />
                  </svg>
                </th>
                <td class="number">{integer(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {failure !== undefined && counts.length > 0 && <p class="failure">{failure}</p>}
      <Incomplete {...searched} />
    </section>
  );
}

function fillOf(priority: string): string {
  const known = priorities.find((name) => name.toLowerCase() === priority.toLowerCase());
  return known === undefined ? "fill-share" : `fill-${known.toLowerCase()}`;
}

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Counts } from "../../src/api/schemas/alert.ts";
import { priorities } from "../../src/rule/rule.ts";
import { api } from "../api/client.ts";
import { comparison, narrowed } from "../filter/compose.ts";
import { type Filter, filtered } from "../filter/filter.ts";
import { useResource } from "../shell/resource.ts";
import { integer } from "../text/number.ts";
import { Untrusted } from "../text/untrusted.tsx";

/** The fields that alerts are counted by. */
export interface Breakdown {
  readonly field: string;
  /** Counted by where nothing has the field. */
  readonly fallback?: string;
  readonly title: string;
  /** The condition that a value stands for, where that is not that the field equals it. */
  readonly test?: (value: string) => string;
  /** Said where nothing has either; undefined: nothing is said, the panel is left out. */
  readonly empty?: string;
}

interface ByFieldProps extends Breakdown {
  readonly filter: Filter;
  /** Another number asks anew. */
  readonly version: number;
}

/** Values shown: more by rule, which has more room. */
const limitOf = (field: string): number => (field === "rule" ? 12 : 5);

/** The most frequent values of a field, each a link that narrows the filter to it. */
export function ByField({
  field: wanted,
  fallback,
  title,
  test,
  empty,
  filter,
  version,
}: ByFieldProps): JSX.Element | null {
  const heading = useId();
  const resource = useResource(`${filtered(wanted, filter)}#${version}`, async (signal) => {
    const counts = await countsOf(wanted, filter, signal);
    if (counts.length > 0 || fallback === undefined) return { field: wanted, counts };
    return { field: fallback, counts: await countsOf(fallback, filter, signal) };
  });
  const { value, failure } = resource.value;
  const { field, counts } = value ?? { field: wanted, counts: [] };
  if (empty === undefined && counts.length === 0) return null;
  const highest = Math.max(1, ...counts.map(({ count }) => count));
  return (
    <section class={`panel by-field counts-${wanted.replace(/\W/g, "-")}`} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {counts.length === 0 ? (
        <p class="quiet nothing">{failure ?? (value === undefined ? "Loading …" : empty)}</p>
      ) : (
        <table>
          <thead class="unseen">
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
                      query: narrowed(
                        filter.query,
                        test !== undefined && text !== null ? test(text) : comparison(field, text),
                      ),
                    })}
                  >
                    <Untrusted text={text ?? ""} />
                  </a>
                  <svg class="share" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
                    <rect
                      class={field === "priority" && text !== null ? fillOf(text) : "fill-share"}
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
    </section>
  );
}

/** The values that say something: what runs in no container is in "host". */
async function countsOf(field: string, filter: Filter, signal: AbortSignal): Promise<Counts["counts"]> {
  const { counts } = await api.count(filter, field, limitOf(field) + 2, signal);
  const uninformative = ["", "<NA>", ...(field === "container" ? ["host"] : [])];
  return counts.filter(({ value }) => value !== null && !uninformative.includes(value)).slice(0, limitOf(field));
}

function fillOf(priority: string): string {
  const known = priorities.find((one) => one.toLowerCase() === priority.toLowerCase());
  return known === undefined ? "fill-share" : `fill-${known.toLowerCase()}`;
}

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { api } from "../api/client.ts";
import { PRIORITIES } from "../api/types.ts";
import { type Filter, filtered } from "../filter/filter.ts";
import { comparison, narrowed } from "../filter/narrow.ts";
import { useResource } from "../shell/resource.ts";
import { whole } from "../text/number.ts";
import { Untrusted } from "../text/untrusted.tsx";

interface ByFieldProps {
  readonly field: string;
  readonly title: string;
  /** Said where nothing has the field. */
  readonly empty: string;
  readonly filter: Filter;
  /** Another number asks anew. */
  readonly news: number;
}

/** Values shown: more by rule, which has more room. */
const most = (field: string): number => (field === "rule" ? 12 : 5);

/** The most frequent values of a field, each a link that narrows the filter to it. */
export function ByField({ field, title, empty, filter, news }: ByFieldProps): JSX.Element {
  const heading = useId();
  const resource = useResource(`${filtered(field, filter)}#${news}`, (signal) =>
    api.count(filter, field, most(field), signal),
  );
  const { value, failure } = resource.value;
  const counts = (value?.counts ?? []).filter((count) => count.value !== null && count.value !== "");
  const highest = Math.max(1, ...counts.map(({ count }) => count));
  return (
    <section class={`panel by-field counts-${field.replace(/\W/g, "-")}`} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {counts.length === 0 ? (
        <p class="quiet nothing">{failure ?? (value === undefined ? "One moment …" : empty)}</p>
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
                  <a href={filtered("/", { ...filter, query: narrowed(filter.query, comparison(field, text)) })}>
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
                <td class="number">{whole(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function fillOf(priority: string): string {
  const known = PRIORITIES.find((one) => one.toLowerCase() === priority.toLowerCase());
  return known === undefined ? "fill-share" : `fill-${known.toLowerCase()}`;
}

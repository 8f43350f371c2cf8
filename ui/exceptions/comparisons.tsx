import type { JSX } from "preact";
import type { ManagedException } from "../../src/api/schemas/exception.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

type Named = ManagedException["compares"][number];
type Comparison = Named["alternatives"][number][number];

/** The comparisons of an exception, as alternatives. All comparisons of an alternative must be true. */
export function Comparisons({ compares }: { readonly compares: readonly Named[] }): JSX.Element {
  return (
    <ul class="comparisons">
      {compares.flatMap(({ name, alternatives, more }, i) => [
        ...alternatives.map((comparisons, k) => (
          <li key={`${i} ${k}`} title={name}>
            {comparisons.map((comparison, n) => (
              <span key={n}>
                {n > 0 && <span class="muted"> and </span>}
                <OneComparison comparison={comparison} />
              </span>
            ))}
          </li>
        )),
        ...(more > 0 ? [<li key={`${i} more`}>{quantity(more, "more alternative")}</li>] : []),
      ])}
    </ul>
  );
}

function OneComparison({ comparison: { field, operator, values } }: { readonly comparison: Comparison }): JSX.Element {
  const [only = ""] = values;
  return (
    <span class="mono">
      <Untrusted text={field} /> <Untrusted text={operator} />{" "}
      {operator === "exists" ? null : <Untrusted text={values.length === 1 ? only : `(${values.join(", ")})`} />}
    </span>
  );
}

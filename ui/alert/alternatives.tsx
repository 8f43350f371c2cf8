import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Counts, ExceptionProposal } from "../../src/api/schemas/alert.ts";
import { countTogether } from "../../ui-shared/api/count-together.ts";
import { NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

interface AlternativesProps {
  readonly proposal: ExceptionProposal;
  readonly selected: readonly string[];
  readonly disabled: boolean;
  readonly select: (fields: readonly string[]) => void;
}

/** The proposed exceptions, from the most specific to the most general, with the number of alerts that each excludes. */
export function Alternatives({ proposal, selected, disabled, select }: AlternativesProps): JSX.Element | null {
  const { alternatives, hidden } = proposal;
  const group = useId();
  const fetchCounts = (signal: AbortSignal): Promise<Counts[]> =>
    Promise.all(
      alternatives.map(({ query }) => countTogether({ ...NO_FILTER, query, since: hidden.since }, "rule", 1, signal)),
    );
  const key = alternatives.length < 2 ? "" : alternatives.map(({ query }) => query).join("\n");
  const { value: counts } = useResource(key, fetchCounts).value;
  if (alternatives.length < 2) return null;
  return (
    <fieldset class="choice" disabled={disabled}>
      <legend>Proposals, from the most specific to the most general</legend>
      {alternatives.map(({ fields }, i) => (
        <label key={fields.join()}>
          <input type="radio" name={group} checked={isSame(fields, selected)} onChange={() => select(fields)} />
          <span class="mono">
            <Untrusted text={fields.join(", ")} />
          </span>
          <span class="muted">{excludedText(counts?.[i])}</span>
        </label>
      ))}
    </fieldset>
  );
}

function excludedText(counted: Counts | undefined): string {
  if (counted === undefined) return "";
  return `excludes ${counted.complete === false ? "at least " : ""}${quantity(counted.total, "alert")}`;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}

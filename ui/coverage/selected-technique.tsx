import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { filtered, filterOf } from "../../ui-shared/filter/filter.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import type { Layer } from "./layer-file.ts";
import { attackAddress, type MatrixCell } from "./matrix.ts";

interface SelectedTechniqueProps {
  readonly cell: MatrixCell;
  /** Name of the tactic. */
  readonly tactic: string;
  readonly reasons: readonly string[];
  readonly layer: Layer | undefined;
}

/** A technique with its rules, or the reason why no default rule detects it, and its entry in the compared layer. */
export function SelectedTechnique({ cell, tactic, reasons, layer }: SelectedTechniqueProps): JSX.Element {
  const heading = useId();
  const { id, name, rules, fired, as, reason } = cell.technique;
  const address = attackAddress(id);
  const filter = filterOf(parameters.value);
  const own = rules.map((rule) => comparison("rule", rule)).join(" or ");
  const query = filter.query === "" ? own : `(${filter.query}) and (${own})`;
  const entry = layer?.covered.get(id);
  return (
    <section class="panel selected-technique" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>
          {id} <Untrusted text={name} />
        </h2>
        <span class="muted">
          <Untrusted text={tactic} />
        </span>
        <span class="gap" />
        {fired > 0 && <a href={filtered("/alerts", { ...filter, query })}>{quantity(fired, "alert")}</a>}
        {address !== undefined && (
          <a href={address} target="_blank" rel="noreferrer noopener">
            attack.mitre.org
          </a>
        )}
      </header>
      {as !== undefined && <p>Detected by the rules for {as}:</p>}
      {rules.length === 0 && (
        <p>
          No enabled rule covers the technique.
          {reason !== undefined && (
            <>
              {" "}
              Why the default rules do not cover it: <Untrusted text={reasons[reason] ?? ""} />
            </>
          )}
        </p>
      )}
      {rules.length > 0 && (
        <ul>
          {rules.map((rule) => (
            <li key={rule}>
              <a href={`/rules/${encodeURIComponent(rule)}`}>
                <Untrusted text={rule} />
              </a>
            </li>
          ))}
        </ul>
      )}
      {entry !== undefined && (
        <p>
          In the layer{entry.score !== undefined && ` with score ${entry.score}`}.{" "}
          {entry.comment !== "" && <Untrusted text={entry.comment} />}
        </p>
      )}
    </section>
  );
}

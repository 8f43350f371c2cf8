import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Coverage } from "../../src/api/schemas/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { heatSteps } from "../../ui-shared/chart/heat.ts";
import { HeatLegend } from "../../ui-shared/chart/heat-legend.tsx";
import { filtered, filterOf } from "../../ui-shared/filter/filter.ts";
import { FilterBar, rangePhrase } from "../../ui-shared/filter/filter-bar.tsx";
import { useResource } from "../../ui-shared/page/resource.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { quantity } from "../../ui-shared/text/number.ts";
import { LayerComparison } from "./comparison.tsx";
import type { Layer } from "./layer-file.ts";
import { columnsOf, isCovered, techniquesById } from "./matrix.ts";
import { Tactics } from "./tactics.tsx";
import { CoverageTools, selectionOf, showsSubTechniques } from "./tools.tsx";

/**
 * MITRE ATT&CK techniques for Linux and Containers, with the rules that cover each technique and the number of alerts.
 */
export function CoveragePage(): JSX.Element {
  const filter = filterOf(parameters.value);
  const resource = useResource(filtered("coverage", filter), (signal) => api.coverage(filter, signal));
  const { value, previous, failure } = resource.value;
  const coverage = value ?? previous;
  return (
    <>
      <FilterBar error={failure} />
      <section class="view coverage">
        <h1>Coverage</h1>
        {coverage === undefined ? (
          <p class={failure === undefined ? "waiting" : "failure"}>{failure ?? "Loading…"}</p>
        ) : (
          <Matrix coverage={coverage} />
        )}
      </section>
    </>
  );
}

function Matrix({ coverage }: { readonly coverage: Coverage }): JSX.Element {
  const layer = useSignal<Layer | undefined>(undefined);
  const selection = selectionOf(parameters.value);
  const withSubTechniques = showsSubTechniques(parameters.value);
  const columns = useMemo(
    () => columnsOf(coverage, selection, withSubTechniques),
    [coverage, selection, withSubTechniques],
  );
  const techniques = useMemo(() => [...techniquesById(coverage).values()], [coverage]);
  const steps = heatSteps(Math.max(0, ...techniques.map(({ fired }) => fired)));
  return (
    <>
      <Summary coverage={coverage} />
      <CoverageTools coverage={coverage} layer={layer} />
      {layer.value !== undefined && (
        <LayerComparison
          layer={layer.value}
          coverage={coverage}
          close={() => {
            layer.value = undefined;
          }}
        />
      )}
      <HeatLegend label="Legend: alerts per technique" steps={steps}>
        <li>
          <span class="sample gap-cell" aria-hidden="true" /> No rule (gap)
        </li>
        <li>
          <span class="sample covered" aria-hidden="true" /> Covered, no alerts
        </li>
        {steps.length > 0 && <li class="muted">Covered, with alerts:</li>}
      </HeatLegend>
      <Tactics columns={columns} steps={steps} reasons={coverage.reasons} layer={layer.value} />
    </>
  );
}

function Summary({ coverage }: { readonly coverage: Coverage }): JSX.Element {
  const techniques = [...techniquesById(coverage).values()];
  const listed = techniques.filter(({ other }) => other !== true);
  const covered = listed.filter(isCovered).length;
  const fired = techniques.filter((technique) => technique.fired > 0).length;
  return (
    <p>
      Enabled rules cover{" "}
      <b>
        {covered} of {quantity(listed.length, "technique")}
      </b>{" "}
      of MITRE ATT&CK {coverage.version} for Linux and Containers, including sub-techniques;{" "}
      <b>{listed.length - covered}</b> have no rule. <b>{quantity(fired, "technique")}</b>{" "}
      {fired === 1 ? "has" : "have"} alerts{rangePhrase(filterOf(parameters.value))}. <Incomplete {...coverage} />
    </p>
  );
}

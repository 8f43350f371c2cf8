import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { Coverage } from "../../src/api/schemas/rule.ts";
import { Scroll } from "../../ui-shared/page/scroll.tsx";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { compareWith, type Difference } from "./compare.ts";
import type { Layer } from "./layer-file.ts";
import { attackAddress } from "./matrix.ts";

/** Maximum number of techniques in a table. ATT&CK Enterprise has about 700. */
const MAX_ROWS = 1000;

interface LayerComparisonProps {
  readonly layer: Layer;
  readonly coverage: Coverage;
  readonly close: () => void;
}

/** The techniques that a layer of the ATT&CK Navigator covers and rules do not, and vice versa. */
export function LayerComparison({ layer, coverage, close }: LayerComparisonProps): JSX.Element {
  const heading = useId();
  const { layerOnly, rulesOnly, both } = useMemo(() => compareWith(layer, coverage), [layer, coverage]);
  return (
    <section class="panel comparison" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>
          Comparison with layer <Untrusted text={layer.name} empty="without a name" />
        </h2>
        <button type="button" onClick={close}>
          Close comparison
        </button>
      </header>
      <p role="status">
        The layer covers {quantity(layer.covered.size, "technique")}. {quantity(both, "technique")}{" "}
        {both === 1 ? "is" : "are"} covered by both, {layerOnly.length} by the layer only, and {rulesOnly.length} by
        rules only.
        {layer.skipped > 0 && ` Skipped ${quantity(layer.skipped, "entry", "entries")} without a valid ID.`}
      </p>
      <div class="comparison-tables">
        <Differences title="Covered only by the layer" techniques={layerOnly} withComments />
        <Differences title="Covered only by rules" techniques={rulesOnly} />
      </div>
    </section>
  );
}

interface DifferencesProps {
  readonly title: string;
  readonly techniques: readonly Difference[];
  readonly withComments?: boolean;
}

function Differences({ title, techniques, withComments = false }: DifferencesProps): JSX.Element {
  return (
    <div>
      <h3>
        {title}: {techniques.length}
      </h3>
      {techniques.length > 0 && (
        <Scroll>
          <table class="lined">
            <caption class="visually-hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">Technique</th>
                {withComments && (
                  <>
                    <th scope="col" class="number">
                      Score
                    </th>
                    <th scope="col">Comment</th>
                  </>
                )}
              </tr>
            </thead>
            <tbody>
              {techniques.slice(0, MAX_ROWS).map(({ id, name, score, comment = "" }) => (
                <tr key={id}>
                  <th scope="row">
                    <a href={attackAddress(id) ?? ""} target="_blank" rel="noreferrer noopener">
                      {id}
                    </a>{" "}
                    {name === "" ? <span class="muted">not for Linux or Containers</span> : <Untrusted text={name} />}
                  </th>
                  {withComments && (
                    <>
                      <td class="number">{score ?? "–"}</td>
                      <td>
                        <Untrusted text={comment} />
                      </td>
                    </>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {techniques.length > MAX_ROWS && <p class="muted">And {techniques.length - MAX_ROWS} more.</p>}
    </div>
  );
}

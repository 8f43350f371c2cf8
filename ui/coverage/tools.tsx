import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Coverage } from "../../src/api/schemas/rule.ts";
import { filterOf } from "../../ui-shared/filter/filter.ts";
import { rangePhrase } from "../../ui-shared/filter/filter-bar.tsx";
import { download } from "../../ui-shared/page/download.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { type Layer, MAX_LAYER_SIZE, readLayer } from "./layer-file.ts";
import type { Selection } from "./matrix.ts";
import { navigatorLayer } from "./navigator-layer.ts";

const SELECTIONS: readonly (readonly [selection: Selection, label: string])[] = [
  ["", "All"],
  ["covered", "Covered"],
  ["gaps", "Gaps"],
];

/** URL parameters of the view. */
const TECHNIQUES = "techniques";
const SUB_TECHNIQUES = "sub";

/** Returns the techniques that the URL selects. */
export function selectionOf(query: URLSearchParams): Selection {
  return SELECTIONS.find(([selection]) => selection === query.get(TECHNIQUES))?.[0] ?? "";
}

export function showsSubTechniques(query: URLSearchParams): boolean {
  return query.has(SUB_TECHNIQUES);
}

/** Changes a parameter of the URL; undefined removes it. */
function setParameter(name: string, value: string | undefined): void {
  const next = new URLSearchParams(parameters.value);
  if (value === undefined) next.delete(name);
  else next.set(name, value);
  navigate(next.size === 0 ? "/coverage" : `/coverage?${next}`, "replace");
}

interface CoverageToolsProps {
  readonly coverage: Coverage;
  /** Set to the layer that the user opens. */
  readonly layer: Signal<Layer | undefined>;
}

/** Selects the techniques of the matrix, and exports and opens layers of the ATT&CK Navigator. */
export function CoverageTools({ coverage, layer }: CoverageToolsProps): JSX.Element {
  const selection = selectionOf(parameters.value);
  const withSubTechniques = showsSubTechniques(parameters.value);
  const failure = useSignal("");
  const file = useRef<HTMLInputElement>(null);
  return (
    <div class="coverage-tools">
      <fieldset class="coverage-selection">
        <legend class="visually-hidden">Techniques</legend>
        {SELECTIONS.map(([value, label]) => (
          <button
            key={value}
            type="button"
            aria-pressed={selection === value}
            onClick={() => setParameter(TECHNIQUES, value === "" ? undefined : value)}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <button
        type="button"
        aria-pressed={withSubTechniques}
        onClick={() => setParameter(SUB_TECHNIQUES, withSubTechniques ? undefined : "")}
      >
        Sub-techniques
      </button>
      <button type="button" onClick={() => exportLayer(coverage)}>
        Export Navigator layer
      </button>
      <button type="button" onClick={() => file.current?.click()}>
        Compare with Navigator layer…
      </button>
      <input
        ref={file}
        type="file"
        hidden
        accept=".json,application/json"
        onChange={async ({ currentTarget }) => {
          const [chosen] = currentTarget.files ?? [];
          if (chosen === undefined) return;
          try {
            layer.value = await layerIn(chosen);
            failure.value = "";
          } catch (error) {
            layer.value = undefined;
            failure.value = messageOf(error);
          }
          currentTarget.value = ""; // the same file can be chosen again
        }}
      />
      {failure.value !== "" && (
        <p class="failure" role="alert">
          <Untrusted text={failure.value} />
        </p>
      )}
    </div>
  );
}

/** Reads a layer in the browser. @throws Error with a message for the user */
async function layerIn(file: File): Promise<Layer> {
  if (file.size > MAX_LAYER_SIZE) throw new Error("The file is larger than 5 MB.");
  return readLayer(await file.text());
}

function exportLayer(coverage: Coverage): void {
  const now = new Date().toISOString();
  const { query, text, state } = filterOf(parameters.value);
  const filter = [query, text, state].filter((part) => part !== "").join("; ");
  const about = `Alerts${rangePhrase(filterOf(parameters.value))} until ${now}${filter === "" ? "" : `, filter: ${filter}`}.`;
  const layer = navigatorLayer(coverage, about);
  download(`eyas-coverage-${now.slice(0, 10)}.json`, `${JSON.stringify(layer, undefined, 2)}\n`, "application/json");
}

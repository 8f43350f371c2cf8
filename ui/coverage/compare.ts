import type { Coverage } from "../../src/api/schemas/rule.ts";
import type { Layer } from "./layer-file.ts";
import { isCovered, isSubTechnique, parentOf, techniquesById } from "./matrix.ts";

/** A technique that is covered only by the layer, or only by rules. */
export interface Difference {
  readonly id: string;
  /** Empty for a technique that the matrix does not contain, such as a technique for Windows. */
  readonly name: string;
  /** Score and comment of the layer, if it covers the technique. The comment is untrusted. */
  readonly score?: number | undefined;
  readonly comment?: string;
}

/** The differences between a layer and the enabled rules, by ID. */
export interface Comparison {
  /** Techniques that only the layer covers. */
  readonly layerOnly: readonly Difference[];
  /** Techniques that only rules cover. */
  readonly rulesOnly: readonly Difference[];
  /** Number of techniques that both the layer and rules cover. */
  readonly both: number;
}

/** Compares a layer with the coverage. A layer that covers a sub-technique also covers its technique, as with rules. */
export function compareWith(layer: Layer, coverage: Pick<Coverage, "tactics">): Comparison {
  const known = techniquesById(coverage);
  const ours = new Set([...known.values()].filter((one) => isCovered(one) && /^T\d/.test(one.id)).map(({ id }) => id));
  const theirs = new Set([...layer.covered.keys()].flatMap((id) => (isSubTechnique(id) ? [id, parentOf(id)] : [id])));
  return {
    layerOnly: [...layer.covered.values()]
      .filter(({ id }) => !ours.has(id))
      .map((one) => ({ ...one, name: known.get(one.id)?.name ?? "" }))
      .sort(byId),
    rulesOnly: [...ours]
      .filter((id) => !theirs.has(id))
      .map((id) => ({ id, name: known.get(id)?.name ?? "" }))
      .sort(byId),
    both: [...ours].filter((id) => theirs.has(id)).length,
  };
}

function byId(one: Difference, other: Difference): number {
  return one.id < other.id ? -1 : 1;
}

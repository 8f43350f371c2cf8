import { depthOf } from "./json-depth.ts";

/** Maximum size of a layer file, in bytes. */
export const MAX_LAYER_SIZE = 5_000_000;
/** Maximum number of techniques. ATT&CK has about 1,000, counted once per tactic. */
const MAX_TECHNIQUES = 10_000;
/** Maximum nesting of arrays and objects. A valid layer has up to 5 levels. */
const MAX_DEPTH = 20;
/** Maximum length of a name or a comment that is kept, in characters. */
const MAX_TEXT = 500;

/** A technique that a layer covers. */
export interface LayerTechnique {
  readonly id: string;
  /** The highest score; undefined if the layer has none. */
  readonly score: number | undefined;
  /** Untrusted. */
  readonly comment: string;
}

/** A layer of the MITRE ATT&CK Navigator. */
export interface Layer {
  /** Untrusted. */
  readonly name: string;
  /** The techniques that the layer covers, by ID. */
  readonly covered: ReadonlyMap<string, LayerTechnique>;
  /** Number of techniques that were skipped because their ID is invalid. */
  readonly skipped: number;
}

/**
 * Reads a layer file. If the file has several layers, the first one is used. A layer covers a technique that is enabled
 * and has a score above 0 or, without a score, a color or a comment.
 * @throws Error with a message for the user if the text is not a layer for ATT&CK Enterprise
 */
export function readLayer(text: string): Layer {
  if (text.length > MAX_LAYER_SIZE) throw new Error("The file is larger than 5 MB.");
  if (depthOf(text) > MAX_DEPTH) throw new Error("The file is not a layer: its values are nested too deeply.");
  const parsed = parse(text);
  const layer: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(layer) || typeof layer.name !== "string" || typeof layer.domain !== "string")
    throw new Error("The file is not a layer of the ATT&CK Navigator: name or domain is missing.");
  const version = isObject(layer.versions) ? layer.versions.layer : undefined;
  if (version !== undefined && !(typeof version === "string" && /^4\.\d+$/.test(version)))
    throw new Error(
      "The version of the layer format must be 4. To upgrade an older layer, open and save it in the ATT&CK Navigator.",
    );
  if (layer.domain !== "enterprise-attack") throw new Error("The domain of the layer must be enterprise-attack.");
  const rows: unknown = layer.techniques ?? [];
  if (!Array.isArray(rows)) throw new Error("The file is not a layer: techniques is not a list.");
  if (rows.length > MAX_TECHNIQUES) throw new Error(`The layer has more than ${MAX_TECHNIQUES} techniques.`);
  return { name: layer.name.slice(0, MAX_TEXT), ...techniquesIn(rows) };
}

function techniquesIn(rows: readonly unknown[]): Pick<Layer, "covered" | "skipped"> {
  const covered = new Map<string, LayerTechnique>();
  let skipped = 0;
  for (const row of rows) {
    if (!isObject(row) || typeof row.techniqueID !== "string" || !/^T\d{4}(?:\.\d{3})?$/.test(row.techniqueID)) {
      skipped++;
      continue;
    }
    const { techniqueID: id, enabled, color } = row;
    const score = typeof row.score === "number" && Number.isFinite(row.score) ? row.score : undefined;
    const comment = typeof row.comment === "string" ? row.comment.slice(0, MAX_TEXT) : "";
    const isMarked = score === undefined ? (typeof color === "string" && color !== "") || comment !== "" : score > 0;
    if (enabled === false || !isMarked) continue;
    const known = covered.get(id);
    if (known === undefined || (score ?? 0) > (known.score ?? 0)) covered.set(id, { id, score, comment });
  }
  return { covered, skipped };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("The file is not JSON.");
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { isIP } from "node:net";
import { missingSettings } from "../output/enabled.ts";
import type { Key, Keys, Later, Leaf, Named, Section } from "../setting/shape.ts";
import { type FilePosition, isNull, type Mapping, type Tree } from "../setting/tree.ts";
import type { Config } from "./keys.ts";
import { keys } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** A diagnostic of a configuration. Errors make the configuration invalid; notes report keys without effect. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  readonly place: FilePosition;
}

/**
 * Validates a configuration tree with the table of keys. Missing and invalid values are replaced with their defaults.
 */
export function readConfig(tree: Mapping, diagnostics: Diagnostic[]): Config {
  // The type is derived from the table: readSection returns one value per key.
  const config = readSection(tree, keys, "", diagnostics) as Config;
  for (const { path, missing } of needs) {
    const message = missing(config);
    if (message !== undefined) diagnostics.push({ severity: "error", message, place: positionOf(tree, path) });
  }
  for (const { path, message } of missingSettings(config))
    diagnostics.push({ severity: "error", message, place: positionOf(tree, path) });
  if (config.journal.enabled && config.outputs_queue.capacity > 0)
    diagnostics.push({ severity: "note", message: QUEUE_NOTE, place: positionOf(tree, ["outputs_queue", "capacity"]) });
  return config;
}

const QUEUE_NOTE =
  "outputs_queue.capacity limits only alerts in memory; the backlog in the journal is limited by journal.max_size";

/** Number of diagnostics above which unknown keys are not reported. */
const MAX_DIAGNOSTICS = 200;

/** Addresses that are valid without a check by the network module of Node.js, which takes 4 ms to load. */
const USUAL_ADDRESSES: ReadonlySet<string> = new Set(["127.0.0.1", "0.0.0.0"]);

/** Checks for values that are not allowed, or that require another key. */
const needs: readonly { readonly path: readonly [string, string]; missing(config: Config): string | undefined }[] = [
  {
    path: ["webserver", "listen_address"],
    missing: ({ webserver: { listen_address: address } }) =>
      !USUAL_ADDRESSES.has(address) && isIP(address) === 0
        ? `webserver.listen_address must be an IP address, such as 127.0.0.1, 0.0.0.0 or ::, not "${address}"`
        : undefined,
  },
  {
    path: ["webserver", "k8s_healthz_endpoint"],
    missing: ({ webserver: { k8s_healthz_endpoint: path } }) =>
      /^\/[^?#\s]*$/.test(path) && !["/metrics", "/versions", "/sources"].includes(path)
        ? undefined
        : `webserver.k8s_healthz_endpoint must be a separate path, such as /healthz, not "${path}"`,
  },
  {
    path: ["engine", "kind"],
    missing: ({ engine: { kind, replay } }) =>
      kind === "replay" && replay.capture_file === ""
        ? "engine.kind: replay requires engine.replay.capture_file"
        : undefined,
  },
];

function positionOf(tree: Mapping, [section = "", key = ""]: readonly string[]): FilePosition {
  const entry = tree.entries.get(section);
  const inner = entry?.value.kind === "map" ? entry.value.entries.get(key) : undefined;
  return (inner ?? entry)?.place ?? tree.place;
}

function readSection(tree: Mapping | undefined, known: Keys, path: string, diagnostics: Diagnostic[]): object {
  if (tree !== undefined) reportUnknown(tree, known, path, diagnostics);
  const settings: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(known)) {
    const value = tree?.entries.get(name)?.value;
    const present = value === undefined || isNull(value) ? undefined : value;
    if (key.kind === "later") noteLater(key, path + name, present, diagnostics);
    else settings[name] = readKey(key, path + name, present, diagnostics);
  }
  return settings;
}

function readKey(key: Exclude<Key, Later>, path: string, tree: Tree | undefined, diagnostics: Diagnostic[]): unknown {
  if (key.kind === "leaf") {
    if (tree === undefined) return key.fallback;
    if (key.entries !== undefined) reportUnknownEntries(tree, Object.keys(key.entries), path, diagnostics);
    return readLeaf(key, path, tree, "error", diagnostics);
  }
  const mapping = mappingOf(tree, path, diagnostics);
  if (key.kind === "named") return readNamed(key, path, mapping, diagnostics);
  return readSection(mapping, key.keys, `${path}.`, diagnostics);
}

function readNamed(key: Named<Keys>, path: string, tree: Mapping | undefined, diagnostics: Diagnostic[]): object {
  const settings: Record<string, unknown> = Object.create(null);
  for (const [name, { place, value }] of tree?.entries ?? []) {
    if (!key.pattern.test(name)) {
      const message = `Invalid name in ${path}: expected ${key.takes}`;
      diagnostics.push({ severity: "error", message, place });
    } else if (!isNull(value)) {
      settings[name] = readSection(
        mappingOf(value, `${path}.${name}`, diagnostics),
        key.keys,
        `${path}.${name}.`,
        diagnostics,
      );
    }
  }
  return settings;
}

function readLeaf(
  key: Leaf<unknown>,
  path: string,
  tree: Tree,
  severity: "error" | "warning",
  diagnostics: Diagnostic[],
): unknown {
  const before = diagnostics.length;
  const value = key.read(tree, (message, place) => diagnostics.push({ severity, message, place }));
  if (value !== undefined) return value;
  if (diagnostics.length === before)
    diagnostics.push({ severity, message: `${path} takes ${key.takes}${found(tree)}`, place: tree.place });
  return key.fallback;
}

function found(tree: Tree): string {
  if (tree.kind === "scalar") return `, not "${tree.text}"`;
  return "";
}

function mappingOf(tree: Tree | undefined, path: string, diagnostics: Diagnostic[]): Mapping | undefined {
  if (tree === undefined || tree.kind === "map") return tree;
  diagnostics.push({ severity: "error", message: `${path} must contain keys, not a value`, place: tree.place });
  return undefined;
}

function reportUnknown(tree: Mapping, known: Keys, path: string, diagnostics: Diagnostic[]): void {
  reportUnknownNames(tree, Object.keys(known), path, diagnostics);
}

/** Reports unknown keys in the entries of a list. @param known known keys, with dots for nested keys */
function reportUnknownEntries(tree: Tree, known: readonly string[], path: string, diagnostics: Diagnostic[]): void {
  for (const item of tree.kind === "list" ? tree.items : [tree]) {
    if (item.kind === "map") reportUnknownInEntry(item, known, `${path}[].`, diagnostics);
  }
}

function reportUnknownInEntry(tree: Mapping, known: readonly string[], path: string, diagnostics: Diagnostic[]): void {
  reportUnknownNames(tree, [...new Set(known.map((name) => name.split(".")[0] ?? name))], path, diagnostics);
  for (const [name, { value }] of tree.entries) {
    const inner = known.flatMap((each) => (each.startsWith(`${name}.`) ? [each.slice(name.length + 1)] : []));
    if (value.kind === "map" && inner.length > 0) reportUnknownInEntry(value, inner, `${path}${name}.`, diagnostics);
  }
}

function reportUnknownNames(tree: Mapping, known: readonly string[], path: string, diagnostics: Diagnostic[]): void {
  for (const [name, { place }] of tree.entries) {
    if (known.includes(name)) continue;
    if (diagnostics.length >= MAX_DIAGNOSTICS) return;
    const guess = nearest(name, known);
    const hint = guess === undefined ? "" : `; did you mean ${path}${guess}?`;
    diagnostics.push({ severity: "warning", message: `Unknown key ${path}${name}${hint}`, place });
  }
}

/** Reports a key without effect if its value differs from the default. */
function noteLater(key: Later, path: string, tree: Tree | undefined, diagnostics: Diagnostic[]): void {
  if (tree === undefined) return;
  const inner: Diagnostic[] = [];
  const why = key.instead === undefined ? " yet" : `: ${key.instead}`;
  if (asks(key.shape, path, tree, inner))
    diagnostics.push({ severity: "note", message: `${path} has no effect${why}`, place: tree.place });
  for (const diagnostic of inner) diagnostics.push({ ...diagnostic, severity: "warning" });
}

function asks(shape: Leaf<unknown> | Section<Keys>, path: string, tree: Tree, diagnostics: Diagnostic[]): boolean {
  if (shape.kind === "leaf") {
    const value = readLeaf(shape, path, tree, "warning", diagnostics);
    return JSON.stringify(value) !== JSON.stringify(shape.fallback) && !isEmpty(tree);
  }
  const mapping = mappingOf(tree, path, diagnostics);
  if (mapping === undefined) return false;
  reportUnknown(mapping, shape.keys, `${path}.`, diagnostics);
  let asked = false;
  for (const [name, inner] of Object.entries(shape.keys)) {
    const value = mapping.entries.get(name)?.value;
    if (value === undefined || isNull(value) || inner.kind === "later" || inner.kind === "named") continue;
    const different = asks(inner, `${path}.${name}`, value, diagnostics);
    if (name === "enabled" && !different) return false;
    asked ||= different;
  }
  return asked;
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === "list" ? tree.items.length === 0 : tree.kind === "map" && tree.entries.size === 0;
}

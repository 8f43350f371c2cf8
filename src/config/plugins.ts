import { flag, textAt } from "../setting/shape.ts";
import { emptyMapping, type FilePosition, isNull, type Mapping, type Tree } from "../setting/tree.ts";
import { nearest } from "./nearest.ts";
import type { Diagnostic } from "./read.ts";

/** Falco's plugins whose functions are built into Eyas. */
const builtIn: ReadonlySet<string> = new Set(["container", "json", "k8smeta"]);

/** The Eyas key for each option of Falco's `k8saudit` plugin; undefined for options without effect. */
export const auditOptions: Readonly<Record<string, string | undefined>> = {
  maxEventSize: "max_event",
  webhookMaxBatchSize: "max_body",
  sslCertificate: "certificate",
  useAsync: undefined,
};

/** Falco's default certificate for the webhook. */
const USUAL_CERTIFICATE = "/etc/falco/falco.pem";

/**
 * Maps the plugins of a falco.yaml to Eyas keys: `k8saudit` to `sources.k8s_audit`, the runtimes of `container` to
 * `containers`, the node of `k8smeta` to `kubernetes`. Like in Falco, `load_plugins` selects from `plugins`. If the key
 * is absent, all plugins are used; if the key has no value, no plugins are used.
 */
export function adoptPlugins(tree: Mapping, diagnostics: Diagnostic[]): void {
  const plugins = new Map<string, Mapping>();
  const list = tree.entries.get("plugins")?.value;
  for (const each of list?.kind === "list" ? list.items : []) {
    const name = textAt(each, "name");
    // Like in Falco, the first of several entries with the same name is used.
    if (name !== undefined && each.kind === "map" && !plugins.has(name)) plugins.set(name, each);
  }
  const chosen = tree.entries.get("load_plugins")?.value;
  const loaded: readonly (readonly [string, FilePosition])[] =
    chosen === undefined
      ? [...plugins].map(([name, { place }]) => [name, place])
      : namesIn(chosen).flatMap((each) => (each.kind === "scalar" ? [[each.text, each.place] as const] : []));
  for (const [name, place] of loaded) {
    const plugin = plugins.get(name);
    if (name === "container" && plugin !== undefined) adoptContainer(tree, plugin, diagnostics);
    if (name === "k8smeta" && plugin !== undefined) adoptMeta(tree, plugin, diagnostics);
    if (builtIn.has(name)) continue;
    if (name === "k8saudit" && plugin !== undefined) adoptAudit(tree, plugin, diagnostics);
    else diagnostics.push({ severity: "warning", message: notLoaded(name, [...plugins.keys()]), place });
  }
}

/**
 * Returns the entries of a list. A single value counts as a list with one entry, and a missing value as an empty list.
 */
function namesIn(tree: Tree): readonly Tree[] {
  if (tree.kind === "list") return tree.items;
  return isNull(tree) ? [] : [tree];
}

function notLoaded(name: string, configured: readonly string[]): string {
  if (name === "k8saudit")
    return "load_plugins names k8saudit, but plugins has no entry for it: no audit events are received";
  if (configured.includes(name))
    return `Eyas has no plugin ${name}: the events and fields of the plugin are not available. To read its events as JSON, configure a source under sources.json`;
  const guess = nearest(name, [...configured, ...builtIn, "k8saudit"]);
  return `load_plugins names ${name}, which is not in plugins${guess === undefined ? "" : `; did you mean ${guess}?`}`;
}

function adoptAudit(tree: Mapping, plugin: Mapping, diagnostics: Diagnostic[]): void {
  const text = textAt(plugin, "open_params")?.trim() ?? "";
  if (text === "") {
    const message =
      "The plugin k8saudit has no open_params, such as http://:9765/k8s-audit: no audit events are received";
    diagnostics.push({ severity: "warning", message, place: plugin.place });
    return;
  }
  const place = plugin.entries.get("open_params")?.value.place ?? plugin.place;
  const source = mappingAt(mappingAt(tree, "sources", place), "k8s_audit", place);
  if (source.entries.has("from")) return; // the Eyas key takes precedence
  const set = (key: string, text: string, place: FilePosition): void => {
    if (!source.entries.has(key)) source.entries.set(key, { place, value: { kind: "scalar", place, text } });
  };
  // In Falco, an address without a host listens on all addresses.
  set("from", text.replace(/^(https?:\/\/)(?=:)/i, "$1[::]"), place);
  set("require_token", "never", place); // Falco's plugin does not require a token
  // Falco reads a file from the beginning if the value is a path, and from the end if the value starts with file://.
  if (!/^[a-z]+:/i.test(text)) set("start", "beginning", place);
  adoptOptions(plugin, set, diagnostics);
  if (/^https:/i.test(text)) set("certificate", USUAL_CERTIFICATE, place);
}

function adoptOptions(
  plugin: Mapping,
  set: (key: string, text: string, place: FilePosition) => void,
  diagnostics: Diagnostic[],
): void {
  for (const [name, { value }] of optionsOf(plugin, diagnostics)?.entries ?? []) {
    if (value.kind !== "scalar") continue;
    const { text, place } = value;
    if (!Object.hasOwn(auditOptions, name)) {
      const guess = nearest(name, Object.keys(auditOptions));
      const message = `The plugin k8saudit has no option ${name}${guess === undefined ? "" : `; did you mean ${guess}?`}`;
      diagnostics.push({ severity: "warning", message, place });
      continue;
    }
    const key = auditOptions[name];
    if (key !== undefined && text !== "") set(key, text, place);
  }
}

const enabled = flag(true, "");

/**
 * Maps the options of Falco's `container` plugin: `label_max_len`, and `enabled` and `sockets` of each runtime in
 * `engines`. Eyas keys take precedence.
 */
function adoptContainer(tree: Mapping, plugin: Mapping, diagnostics: Diagnostic[]): void {
  const config = optionsOf(plugin, diagnostics);
  if (config === undefined) return;
  const own = mappingAt(tree, "containers", config.place);
  const longest = config.entries.get("label_max_len");
  if (longest !== undefined && !own.entries.has("label_max_len")) own.entries.set("label_max_len", longest);
  const engines = config.entries.get("engines")?.value;
  for (const name of ["docker", "podman", "containerd", "cri"]) {
    const engine = engines?.kind === "map" ? engines.entries.get(name)?.value : undefined;
    if (engine?.kind !== "map" || own.entries.has(name)) continue;
    const { place } = engine;
    const wanted = engine.entries.get("enabled")?.value;
    const sockets = engine.entries.get("sockets")?.value;
    if (wanted !== undefined && enabled.read(wanted, () => {}) === false)
      own.entries.set(name, { place, value: { kind: "list", place, items: [] } });
    else if (sockets?.kind === "list" && sockets.items.length > 0) own.entries.set(name, { place, value: sockets });
  }
}

/** Maps the node name of Falco's `k8smeta` plugin, whose collector is not needed. The Eyas key takes precedence. */
function adoptMeta(tree: Mapping, plugin: Mapping, diagnostics: Diagnostic[]): void {
  const config = optionsOf(plugin, diagnostics);
  const node = config?.entries.get("nodeName");
  if (config === undefined || node === undefined) return;
  const own = mappingAt(tree, "kubernetes", config.place);
  if (!own.entries.has("node")) own.entries.set("node", node);
}

/** Returns the options of a plugin, from a mapping or from a JSON string. */
function optionsOf(plugin: Mapping, diagnostics: Diagnostic[]): Mapping | undefined {
  const config = plugin.entries.get("init_config")?.value;
  return config === undefined || isNull(config) ? undefined : readOptions(config, diagnostics);
}

function readOptions(config: Tree, diagnostics: Diagnostic[]): Mapping | undefined {
  if (config.kind === "map") return config;
  try {
    const options = config.kind === "scalar" ? treeOf(JSON.parse(config.text), config.place) : undefined;
    if (options?.kind === "map") return options;
  } catch {
    // the error is reported below
  }
  const message = "init_config of the plugin is ignored because it is neither a map nor JSON text";
  diagnostics.push({ severity: "warning", message, place: config.place });
  return undefined;
}

/** Converts a JSON value to a tree. All parts have the position of the text. */
function treeOf(value: unknown, place: FilePosition): Tree {
  if (Array.isArray(value)) return { kind: "list", place, items: value.map((item) => treeOf(item, place)) };
  if (typeof value !== "object" || value === null) return { kind: "scalar", place, text: String(value ?? "") };
  const tree = emptyMapping(place);
  for (const [name, inner] of Object.entries(value)) tree.entries.set(name, { place, value: treeOf(inner, place) });
  return tree;
}

function mappingAt(tree: Mapping, name: string, place: FilePosition): Mapping {
  const there = tree.entries.get(name)?.value;
  if (there?.kind === "map") return there;
  const fresh = emptyMapping(place);
  tree.entries.set(name, { place, value: fresh });
  return fresh;
}

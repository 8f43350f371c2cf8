import type { Config } from "../../config/load.ts";
import { auditOptions } from "../../config/plugins.ts";
import { BUILT_IN_PLUGINS, printVersion } from "../../rule/version.ts";
import { Failure } from "../failure.ts";

/** Built-in replacements for Falco plugins, by plugin name. */
const replacements: Readonly<Record<string, string>> = {
  container: "fields container.*, from the runtimes configured in `containers`",
  json: "fields json.* and jevt.* of all document sources",
  k8saudit: "the source k8s_audit, configured in `sources.k8s_audit`",
  k8smeta: "fields k8smeta.*, from the API server, configured in `kubernetes`",
};

/** A line for each built-in plugin and for each other configured plugin. */
export function listPlugins({ plugins }: Pick<Config, "plugins">): string {
  const names = [...new Set([...BUILT_IN_PLUGINS.keys(), ...plugins])];
  return names.map((name) => `${lineOf(name)}\n`).join("");
}

function lineOf(name: string): string {
  const version = BUILT_IN_PLUGINS.get(name);
  if (version === undefined)
    return `${name}: not available; its events can be read as JSON with \`sources.json\` (docs/sources.md)`;
  return `${name} ${printVersion(version)}: built in; ${replacements[name] ?? ""}`;
}

/**
 * Describes a plugin and its options.
 * @throws Failure if the plugin is neither built in nor in the configuration
 */
export function pluginInfo(name: string, { plugins }: Pick<Config, "plugins">): string {
  if (!BUILT_IN_PLUGINS.has(name) && !plugins.includes(name))
    throw new Failure(`Unknown plugin ${name}: it is not built in, and not listed in the configuration.`);
  const options = name !== "k8saudit" ? [] : Object.entries(auditOptions);
  const lines = options.map(
    ([option, key]) => `  ${option}: ${key === undefined ? "no effect" : `sources.k8s_audit.${key}`}\n`,
  );
  const params =
    name === "k8saudit" ? "open_params: http://:PORT/PATH, https://:PORT/PATH or a file: sources.k8s_audit.from\n" : "";
  return `${lineOf(name)}\n${lines.length > 0 ? `init_config:\n${lines.join("")}` : ""}${params}`;
}

import type { Config } from "../../config/load.ts";
import { SYSCALL } from "../../field/sources.ts";
import { documentSource } from "../../source/sources.ts";
import { Failure } from "../failure.ts";
import { enabledSources, userNamedSources } from "./settings.ts";

/** Sources that the command line enables or disables. */
export interface SourceSelection {
  readonly enableSources?: readonly string[] | undefined;
  readonly disableSources?: readonly string[] | undefined;
}

/**
 * Disables the sources that are not selected. Like in Falco, the selection has no effect in a replay.
 * @returns the new configuration, and a message for each name that has no effect
 * @throws Failure if sources are both enabled and disabled, a source to enable is not configured, or no source is left
 */
export function selectSources(
  config: Config,
  { enableSources = [], disableSources = [] }: SourceSelection,
): { readonly config: Config; readonly notes: readonly string[] } {
  if (enableSources.length > 0 && disableSources.length > 0)
    throw new Failure("--enable-source and --disable-source cannot be used together.");
  if (config.engine.kind === "replay" || enableSources.length + disableSources.length === 0)
    return { config, notes: [] };
  const sources = [...(config.engine.kind === "nodriver" ? [] : [SYSCALL]), ...enabledSources(config)];
  const unknown = enableSources.filter((name) => !sources.includes(name));
  if (unknown.length > 0)
    throw new Failure(
      `Cannot enable the source ${unknown.join(", ")}: the configuration enables ${sources.join(", ")}.`,
    );
  const excluded = enableSources.length > 0 ? sources.filter((name) => !enableSources.includes(name)) : disableSources;
  if (sources.length > 0 && sources.every((name) => excluded.includes(name)))
    throw new Failure("At least one event source must remain enabled.");
  const notes = excluded
    .filter((name) => !sources.includes(name))
    .map((name) => `--disable-source ${name}: the source ${name} is not enabled`);
  return { config: excluded.reduce(without, config), notes };
}

function without(config: Config, name: string): Config {
  if (name === SYSCALL) return { ...config, engine: { ...config.engine, kind: "nodriver" } };
  const own = documentSource(name)?.name;
  const none = { from: [] };
  if (own !== undefined)
    return { ...config, sources: { ...config.sources, [own]: { ...config.sources[own], ...none } } };
  if (!userNamedSources(config).includes(name)) return config;
  const json = Object.fromEntries(
    Object.entries(config.sources.json).map(([each, settings]) => [
      each,
      each === name ? { ...settings, ...none } : settings,
    ]),
  );
  return { ...config, sources: { ...config.sources, json } };
}

import type { Config } from "../../config/load.ts";
import { SYSCALL } from "../../field/sources.ts";
import { defaultsOf } from "../../setting/shape.ts";
import type { SourceSettings } from "../../source/descriptor.ts";
import { sourceKeys } from "../../source/keys.ts";
import type { Origin } from "../../source/origin/parse.ts";
import { anyJson, type Reader } from "../../source/reader.ts";
import { documentSource, documentSources, namedSources } from "../../source/sources.ts";
import { Failure } from "../failure.ts";

type Sources = Pick<Config, "sources">;
type Enabling = Pick<Config, "sources" | "engine">;

/** A source with a user-defined name, with the descriptor of its kind. */
function namedSource({ sources }: Sources, name: string) {
  for (const described of namedSources) {
    const settings = sources[described.name][name];
    if (settings !== undefined && Object.hasOwn(sources[described.name], name)) return { described, settings };
  }
  return undefined;
}

/** The settings of a source; default settings if the configuration has no source with the name. */
export function sourceSettings(config: Sources, source: string): SourceSettings {
  const own = documentSource(source);
  if (own !== undefined) return config.sources[own.name];
  return namedSource(config, source)?.settings ?? defaultsOf(sourceKeys);
}

/** Returns the decoder for the events of a source. */
export async function readerFor(config: Sources, source: string): Promise<Reader> {
  const own = documentSource(source);
  if (own !== undefined) return own.open(config.sources[own.name]);
  const named = namedSource(config, source);
  return named === undefined ? anyJson : named.described.open(named.settings);
}

/** Names of the document sources that have an origin. */
export function enabledSources(config: Enabling): string[] {
  const names = [...documentSources.map(({ name }) => name), ...userNamedSources(config)];
  return names.filter((name) => originsOf(config, name).length > 0);
}

/**
 * Configured origins of a source. Origins on this machine are omitted: `watch` and `auto` in a replay, and `auto` if
 * the kernel is not watched.
 */
export function originsOf(config: Enabling, source: string): readonly Origin[] {
  const { kind } = config.engine;
  return sourceSettings(config, source).from.filter(
    (origin) => origin.kind !== "watch" || (kind !== "replay" && !(origin.isAutomatic && kind === "nodriver")),
  );
}

/** Whether events of a source can contain network flows of processes on this machine. */
export function hasFlows(source: string): boolean {
  return documentSource(source)?.flows ?? true;
}

/** Whether events of a source identify the users of sessions in pods. */
export function hasSessions(source: string): boolean {
  return documentSource(source)?.sessions ?? false;
}

/** Whether each event of a source identifies the thread of this machine that caused the event. */
export function hasProcesses(source: string): boolean {
  return documentSource(source)?.processes ?? false;
}

/** Names of the configured sources with user-defined names. */
export function userNamedSources({ sources }: Sources): string[] {
  return namedSources.flatMap(({ name }) => Object.keys(sources[name]));
}

/** Prefix of a source's keys in the configuration. */
export function keysOf(source: string): string {
  return documentSource(source) === undefined ? `sources.json.${source}` : `sources.${source}`;
}

/**
 * Reads the configuration, and adds the sources from the command line.
 * @param wanted source names, each optionally followed by `=` and an origin that replaces the configured origin
 * @param read reads the configuration with additional `key=value` overrides
 * @throws Failure if a source has no origin
 */
export async function withSources<Settings extends { readonly config: Config }>(
  wanted: readonly string[],
  read: (options: readonly string[]) => Promise<Settings>,
): Promise<Settings> {
  const named = wanted.map(parted).filter(({ name }) => name !== SYSCALL);
  const options = named.flatMap(({ name, place }) => (place === undefined ? [] : [`${keysOf(name)}.from=${place}`]));
  const settings = await read(options);
  const enabled = enabledSources(settings.config);
  const missing = named.filter(({ name }) => !enabled.includes(name));
  if (missing.length === 0) return settings;
  for (const { name } of missing) {
    const origin = documentSource(name)?.usualOrigin;
    if (origin === undefined)
      throw new Failure(
        `Source ${name} has no default origin: specify one, such as --source ${name}=/var/log/${name}.json.`,
      );
    options.push(`${keysOf(name)}.from=${origin}`);
  }
  return read(options);
}

function parted(wanted: string): { readonly name: string; readonly place: string | undefined } {
  const equals = wanted.indexOf("=");
  return equals < 0
    ? { name: wanted, place: undefined }
    : { name: wanted.slice(0, equals), place: wanted.slice(equals + 1) };
}

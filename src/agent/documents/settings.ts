import type { Config } from "../../config/load.ts";
import { usualOrigin } from "../../config/sources.ts";
import { SYSCALL } from "../../field/sources.ts";
import { anyJson, type Reader, readerOf } from "../../source/readers.ts";
import { splitList } from "../../source/split.ts";
import { Failure } from "../failure.ts";

/** What the configuration says of one source of documents. */
export type SourceSettings = Config["sources"]["k8s_audit"];

const OWN = ["k8s_audit", "suricata", "firewall"] as const;
type Own = (typeof OWN)[number];

function isOwn(source: string): source is Own {
  return OWN.some((own) => own === source);
}

/** The settings of a source; where the configuration has none of that name, what any source has. */
export function sourceSettings({ sources }: Config, source: string): SourceSettings {
  if (isOwn(source)) return sources[source];
  return Object.hasOwn(sources.json, source) ? sources.json[source] : sources.k8s_audit;
}

/** How events of a source are read. */
export async function readerFor({ sources }: Config, source: string): Promise<Reader> {
  const known = await readerOf(source);
  if (known !== undefined) return known;
  if (!Object.hasOwn(sources.json, source)) return anyJson;
  const { readMapped } = await import("../../source/json/mapping.ts");
  const settings = sources.json[source];
  const split = splitList(readMapped(settings));
  if (!settings.from.some(({ kind }) => kind === "syslog")) return { split };
  const { decodeSyslog } = await import("../../source/syslog/decode.ts");
  return { split, syslog: (most) => decodeSyslog(split, settings.unwrap, most) };
}

/** The sources beside the kernel that have somewhere for their events to come from. */
export function enabledSources({ sources }: Config): string[] {
  const named = Object.keys(sources.json).filter((name) => sources.json[name].from.length > 0);
  return [...OWN.filter((source) => sources[source].from.length > 0), ...named];
}

/** Whether events of a source may be of a network flow, which a process of this machine may have. */
export function hasFlows(source: string): boolean {
  return source !== "k8s_audit";
}

/** The sources beside those that are always there. */
export function namedSources({ sources }: Config): string[] {
  return Object.keys(sources.json);
}

/** How the keys of a source's settings begin. */
export function keysOf(source: string): string {
  return isOwn(source) ? `sources.${source}` : `sources.json.${source}`;
}

/**
 * Reads the configuration with the sources that somebody asks for beside it.
 * @param wanted names; behind `=` where their events come from, where the configuration has nothing or something else
 * @param read reads it with these keys on top, written `key=value`
 * @throws Failure where nobody says where events come from
 */
export async function withSources<Settings extends { readonly config: Config }>(
  wanted: readonly string[],
  read: (options: readonly string[]) => Promise<Settings>,
): Promise<Settings> {
  const asked = wanted.map(parted).filter(({ name }) => name !== SYSCALL);
  const options = asked.flatMap(({ name, place }) => (place === undefined ? [] : [`${keysOf(name)}.from=${place}`]));
  const settings = await read(options);
  const enabled = enabledSources(settings.config);
  const missing = asked.filter(({ name }) => !enabled.includes(name));
  if (missing.length === 0) return settings;
  for (const { name } of missing) {
    if (!Object.hasOwn(usualOrigin, name))
      throw new Failure(
        `Where do the events of ${name} come from? Say so, as in --source ${name}=/var/log/${name}.json.`,
      );
    options.push(`${keysOf(name)}.from=${usualOrigin[name]}`);
  }
  return read(options);
}

function parted(wanted: string): { readonly name: string; readonly place: string | undefined } {
  const equals = wanted.indexOf("=");
  return equals < 0
    ? { name: wanted, place: undefined }
    : { name: wanted.slice(0, equals), place: wanted.slice(equals + 1) };
}

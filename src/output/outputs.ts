import type { OutputDescriptor } from "./descriptor.ts";
import { falcoOutputs, receivers } from "./list.ts";
import { asJson, asText, type Line, type Output } from "./output.ts";
import { type Selection, selected } from "./selection.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** The part of the configuration that says where alerts go; the sections of outputs are in it by name. */
export interface OutputSettings {
  readonly json_output: boolean;
  readonly outputs: SharedCertificates;
}

/** Every output there is. */
export const allOutputs: readonly OutputDescriptor[] = [...falcoOutputs, ...receivers];

/** The keys of the configuration at the top that say where alerts go. */
export const outputKeys: readonly string[] = ["json_output", ...falcoOutputs.map(({ section }) => section), "outputs"];

/** Only those keys of a configuration. */
export function outputSettings(config: OutputSettings): OutputSettings {
  const entries = Object.entries(config).filter(([key]) => outputKeys.includes(key));
  return Object.fromEntries(entries) as unknown as OutputSettings; // the type's own keys are among them
}

/**
 * Opens the outputs that are switched on. Their implementations are loaded only then.
 * @param shown how standard output shows an alert in text
 */
export async function openOutputs(settings: OutputSettings, shown: Line = asText): Promise<Output[]> {
  const json = settings.json_output;
  const context = {
    certificates: settings.outputs,
    line: json ? asJson : asText,
    shown: json ? asJson : shown,
    json,
  };
  const opened: Output[] = [];
  for (const output of enabledOutputs(settings)) {
    const own = sectionOf(settings, output.section);
    const group = sectionOf(settings, output.section.split(".").slice(0, -1).join("."));
    opened.push(selected(await output.open(own, { ...context, group }), own));
  }
  return opened;
}

/** What is missing in the configuration for an output that is switched on, and the path of the keys that are meant. */
export function missingSettings(
  settings: OutputSettings,
): { readonly path: readonly string[]; readonly message: string }[] {
  return enabledOutputs(settings).flatMap((output) => {
    const message = output.check(sectionOf(settings, output.section));
    const path = output.section.split(".");
    return message === undefined ? [] : [{ path: path.length === 1 ? [...path, output.enabledBy] : path, message }];
  });
}

function enabledOutputs(settings: OutputSettings): OutputDescriptor[] {
  return allOutputs.filter(({ section, enabledBy }) => {
    const value: unknown = { ...sectionOf(settings, section) }[enabledBy];
    return Array.isArray(value) ? value.join("") !== "" : value !== false && value !== "";
  });
}

/** What the configuration's reader gives for a section: its keys, as the descriptor has them. */
type Section = Selection & Readonly<Record<string, never>>;

function sectionOf(settings: object, path: string): Section {
  let at: unknown = settings;
  for (const name of path.split(".")) if (name !== "") at = (at as Readonly<Record<string, unknown>>)[name];
  return at as Section; // every section has all its keys, with defaults where the configuration says nothing
}

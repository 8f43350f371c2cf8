import type { OutputDescriptor } from "./descriptor.ts";
import { falcoOutputs, receivers } from "./list.ts";
import type { Selection } from "./selection.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** The part of the configuration that says where alerts go; the sections of outputs are in it by name. */
export interface OutputSettings {
  readonly json_output: boolean;
  readonly outputs: SharedCertificates;
}

/** Every output there is. */
export const allOutputs: readonly OutputDescriptor[] = [...falcoOutputs, ...receivers];

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

/** The outputs that a configuration switches on. */
export function enabledOutputs(settings: OutputSettings): OutputDescriptor[] {
  return allOutputs.filter(({ section, enabledBy }) => {
    const value: unknown = { ...sectionOf(settings, section) }[enabledBy];
    return Array.isArray(value) ? value.join("") !== "" : value !== false && value !== "";
  });
}

/** What the configuration's reader gives for a section: its keys, as the descriptor has them. */
type Section = Selection & Readonly<Record<string, never>>;

/** The settings at a path of the configuration; those at its top where the path is empty. */
export function sectionOf(settings: object, path: string): Section {
  let at: unknown = settings;
  for (const name of path.split(".")) if (name !== "") at = (at as Readonly<Record<string, unknown>>)[name];
  return at as Section; // every section has all its keys, with defaults where the configuration says nothing
}

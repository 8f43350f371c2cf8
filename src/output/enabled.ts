import type { Additions } from "./additions/keys.ts";
import type { PageLocation } from "./alert-link.ts";
import type { OutputDescriptor } from "./descriptor.ts";
import type { QueueSettings } from "./dispatch/keys.ts";
import { falcoOutputs, receivers } from "./list.ts";
import type { Selection } from "./selection.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** Configuration of outputs, by section. */
export interface OutputSettings extends QueueSettings {
  readonly json_output: boolean;
  readonly outputs: SharedCertificates & Additions;
  readonly web_page: PageLocation;
}

/** All outputs. */
export const allOutputs: readonly OutputDescriptor[] = [...falcoOutputs, ...receivers];

/** Errors in the settings of enabled outputs, with the path of the keys. */
export function missingSettings(
  settings: OutputSettings,
): { readonly path: readonly string[]; readonly message: string }[] {
  return enabledOutputs(settings).flatMap((output) => {
    const message = output.check(sectionOf(settings, output.section));
    const path = output.section.split(".");
    return message === undefined ? [] : [{ path: path.length === 1 ? [...path, output.enabledBy] : path, message }];
  });
}

/** The enabled outputs. */
export function enabledOutputs(settings: OutputSettings): OutputDescriptor[] {
  return allOutputs.filter(({ section, enabledBy }) => {
    const value: unknown = { ...sectionOf(settings, section) }[enabledBy];
    return Array.isArray(value) ? value.join("") !== "" : value !== false && value !== "";
  });
}

/** Settings of a section. */
type Section = Selection & Readonly<Record<string, never>>;

/** Returns the settings at a path of the configuration. An empty path is the top level. */
export function sectionOf(settings: object, path: string): Section {
  let at: unknown = settings;
  for (const name of path.split(".")) if (name !== "") at = (at as Readonly<Record<string, unknown>>)[name];
  return at as Section; // each section has all its keys, with defaults
}

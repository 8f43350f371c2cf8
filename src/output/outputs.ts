import type { AlertChange } from "./additions/change.ts";
import { hasAdditions } from "./additions/keys.ts";
import { alertLink, type PageLocation, withLink } from "./alert-link.ts";
import { queueKeys } from "./dispatch/keys.ts";
import { enabledOutputs, type OutputSettings, sectionOf } from "./enabled.ts";
import { falcoOutputs } from "./list.ts";
import { mapped } from "./mapped.ts";
import { asJson, asText, type Line, type Output } from "./output.ts";
import { selected } from "./selection.ts";

/** Top-level configuration keys for outputs. */
export const outputKeys: readonly string[] = [
  "json_output",
  ...Object.keys(queueKeys),
  ...falcoOutputs.map(({ section }) => section),
  "outputs",
  "web_page", // for links to alerts
];

/** Selects the output keys from a configuration. */
export function outputSettings(config: OutputSettings): OutputSettings {
  const entries = Object.entries(config).filter(([key]) => outputKeys.includes(key));
  return Object.fromEntries(entries) as unknown as OutputSettings; // the configuration has all these keys
}

/**
 * Opens the enabled outputs. Loads only their implementations.
 * @param shown formats alert text for standard output
 * @param only opens only the output with this name
 */
export async function openOutputs(settings: OutputSettings, shown: Line = asText, only?: string): Promise<Output[]> {
  const json = settings.json_output;
  const context = {
    certificates: settings.outputs,
    line: json ? asJson : asText,
    shown: json ? asJson : shown,
    json,
  };
  const change = await changeOf(settings);
  const opened: Output[] = [];
  for (const output of enabledOutputs(settings)) {
    if (only !== undefined && output.name !== only) continue;
    const own = sectionOf(settings, output.section);
    const group = sectionOf(settings, output.section.split(".").slice(0, -1).join("."));
    const one = selected(await output.open(own, { ...context, group }), own);
    opened.push(output.section.startsWith("outputs.") ? linked(changed(one, change), settings.web_page) : one);
  }
  return opened;
}

/** The change that applies to all outputs under `outputs`; undefined if there is none. */
async function changeOf({ outputs }: OutputSettings): Promise<AlertChange | undefined> {
  if (!hasAdditions(outputs)) return undefined;
  return (await import("./additions/change.ts")).alertChange(outputs);
}

function changed(output: Output, by: AlertChange | undefined): Output {
  if (by === undefined) return output;
  const { change, warnings } = by;
  return { ...mapped(output, change), warnings: () => [...(output.warnings?.() ?? []), ...warnings()] };
}

/** Adds links to alerts. The link is made before other changes, because it depends on the ID of the original alert. */
function linked(output: Output, page: PageLocation): Output {
  if (page.public_url === "") return output;
  return mapped(output, (alert) => {
    const link = alertLink(page, alert);
    return link === undefined ? alert : withLink(alert, link);
  });
}

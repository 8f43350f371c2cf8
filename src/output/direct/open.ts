import { enabledOutputs, type OutputSettings } from "../enabled.ts";
import { asText, type Line, type Output } from "../output.ts";
import { openOutputs } from "../outputs.ts";

/** The enabled output for a delivery without the dispatcher, or the reason why there is none, as a sentence. */
export type DirectOutput = { readonly output: Output } | { readonly failure: string };

/**
 * Opens an enabled output without its filters, so that it accepts all alerts. The caller closes it.
 * @param shown formats alert text for standard output
 * @throws Error if the output cannot be opened
 */
export async function openDirectly(
  name: string | undefined,
  settings: OutputSettings,
  shown: Line = asText,
): Promise<DirectOutput> {
  const enabled = enabledOutputs(settings).map((output) => output.name);
  const names = `Enabled outputs: ${enabled.join(", ") || "none"}.`;
  if (name === undefined) return { failure: `Missing output name. ${names}` };
  const [output] = enabled.includes(name) ? await openOutputs(withoutSelection(settings), shown, name) : [];
  return output === undefined ? { failure: `Output "${name}" is not enabled. ${names}` } : { output };
}

/** Returns the settings without the filters of outputs. */
function withoutSelection(settings: OutputSettings): OutputSettings {
  const all = { minimumpriority: "debug", sources: [], rules: [] };
  const open = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, open(each)]));
    return "minimumpriority" in value ? { ...inner, ...all } : inner;
  };
  return open(settings) as OutputSettings; // the result has the same keys and types of values
}

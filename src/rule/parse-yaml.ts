import type { Pause } from "./pause.ts";
import type { YamlFile } from "./yaml.ts";
import { parsePlainYamlInSteps } from "./yaml-plain.ts";

/** Results for files that only the full parser can read, by their text. */
export type ParsedFiles = Map<string, YamlFile>;

/**
 * Parses a file. The full YAML parser is large, so it is only imported if the plain parser fails.
 * @param parsed known results of the full parser, which is slow and cannot pause; new results are added
 */
export async function parseYaml(text: string, pause?: Pause, parsed?: ParsedFiles): Promise<YamlFile> {
  const steps = parsePlainYamlInSteps(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value ?? (await parseFully(text, parsed));
    const waiting = pause?.();
    if (waiting !== undefined) await waiting;
  }
}

async function parseFully(text: string, parsed: ParsedFiles | undefined): Promise<YamlFile> {
  const known = parsed?.get(text);
  if (known !== undefined) return known;
  const { parseFullYaml } = await import("./yaml-full.ts");
  const file = parseFullYaml(text);
  parsed?.set(text, file);
  return file;
}

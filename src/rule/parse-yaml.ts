import type { Pause } from "./pause.ts";
import type { YamlFile } from "./yaml.ts";
import { parsePlainYamlInSteps } from "./yaml-plain.ts";

/** Parses a file. The full YAML parser is large, so it is imported only if the plain one fails. */
export async function parseYaml(text: string, pause?: Pause): Promise<YamlFile> {
  const steps = parsePlainYamlInSteps(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value ?? (await import("./yaml-full.ts")).parseFullYaml(text);
    const waiting = pause?.();
    if (waiting !== undefined) await waiting;
  }
}

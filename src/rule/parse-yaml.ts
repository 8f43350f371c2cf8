import type { YamlFile } from "./yaml.ts";
import { parsePlainYaml } from "./yaml-plain.ts";

/** Parses a file. The full YAML parser is large, so it is imported only if the plain one fails. */
export async function parseYaml(text: string): Promise<YamlFile> {
  return parsePlainYaml(text) ?? (await import("./yaml-full.ts")).parseFullYaml(text);
}

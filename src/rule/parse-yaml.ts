import type { YamlFile } from "./yaml.ts";
import { parsePlainYaml } from "./yaml-plain.ts";

/** Parses a file. The parser of all YAML is large, so it is imported only where the plain one fails. */
export async function parseYaml(text: string): Promise<YamlFile> {
  return parsePlainYaml(text) ?? (await import("./yaml-full.ts")).parseFullYaml(text);
}

import { Item } from "../../rule/item.ts";
import type { RuleFile } from "../../rule/location.ts";
import { parseYaml } from "../../rule/parse-yaml.ts";
import { isTalonItem } from "./talon.ts";

/** Whether a file contains response rules of Eyas or Talon, rather than detection rules. */
export async function isResponseFile(file: RuleFile): Promise<boolean> {
  const yaml = await parseYaml(file.text);
  if ("problems" in yaml) return /^- response:/m.test(file.text);
  return yaml.documents.some(
    (document) =>
      document?.kind === "sequence" &&
      document.items.some((node) => {
        if (node.kind !== "mapping") return false;
        const item = new Item(file, node);
        return item.has("response") || isTalonItem(item);
      }),
  );
}

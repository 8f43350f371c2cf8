import type { Key } from "../setting/shape.ts";
import { emptyMapping, type Mapping } from "../setting/tree.ts";
import { falcoAlertFolding } from "./alert-folding.ts";
import { keys } from "./keys.ts";

/** Sets defaults close to Falco's behavior if a configuration contains no top-level key that only Eyas has. */
export function setFalcoDefaults(tree: Mapping): void {
  for (const [name, key] of Object.entries<Key>(keys)) if (key.own && tree.entries.has(name)) return;
  const { place } = tree;
  const section = emptyMapping(place);
  for (const [name, text] of Object.entries(falcoAlertFolding))
    section.entries.set(name, { place, value: { kind: "scalar", place, text } });
  tree.entries.set("alert_folding", { place, value: section });
}

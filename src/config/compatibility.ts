import { selectionKeys } from "../output/descriptor.ts";
import type { Key, Keys } from "../setting/shape.ts";
import { keys } from "./keys.ts";

/** Support for a configuration key of Falco. */
export interface KeyStatus {
  /** Path of the key, with dots; `[]` stands for each entry of a list. */
  readonly path: string;
  readonly status: "same" | "different by design" | "absent";
  /**
   * Difference in the effect, reason for the absence, or the key that replaces this key. Empty if the effect is the
   * same.
   */
  readonly how: string;
}

// The keys of `outputs` are Falcosidekick's, not Falco's.
const { outputs: _outputs, ...falco } = keys;

/** The status of all keys that Falco also has, derived from the table of keys. */
export function falcoKeyStatus(): readonly KeyStatus[] {
  const others = {
    path: "rule_files",
    status: "different by design",
    how: "Read as `rules_files`; Falco ignores it.",
  } as const;
  return [...statusOf(falco, ""), others];
}

function statusOf(section: Keys, path: string, within: string | undefined = undefined): KeyStatus[] {
  return Object.entries(section).flatMap(([name, key]) =>
    key.own || isSelection(name, path) ? [] : statusOfKey(key, path + name, within),
  );
}

/** Whether a key selects the alerts of an output. Falco does not have these keys. */
function isSelection(name: string, path: string): boolean {
  return path.endsWith("_output.") && Object.hasOwn(selectionKeys, name);
}

function statusOfKey(key: Key, path: string, within: string | undefined): KeyStatus[] {
  if (key.kind === "later") return absent(key.shape, path, sentence(key.instead ?? "has no effect yet"));
  if (key.kind !== "leaf") return statusOf(key.keys, `${path}.`, key.differs ?? within);
  return [
    row(path, key.differs ?? within ?? "same"),
    ...Object.entries(key.entries ?? {}).map(([name, how]) => row(`${path}[].${name}`, how)),
  ];
}

function absent(shape: Key, path: string, how: string): KeyStatus[] {
  if (shape.kind !== "section") return [{ path, status: "absent", how }];
  return Object.entries(shape.keys).flatMap(([name, key]) => absent(key, `${path}.${name}`, how));
}

function row(path: string, how: string): KeyStatus {
  return how === "same" ? { path, status: "same", how: "" } : { path, status: "different by design", how };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

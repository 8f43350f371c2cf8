import { selectionKeys } from "../output/descriptor.ts";
import type { Key, Keys } from "../setting/shape.ts";
import { keys } from "./keys.ts";

/** How a key of Falco's configuration works here. */
export interface KeyStatus {
  /** With dots; `[]` is each entry of a list. */
  readonly path: string;
  readonly status: "same" | "different on purpose" | "absent";
  /** The difference, or what to use. */
  readonly how: string;
}

// Outputs have Falcosidekick's keys.
const { outputs: _outputs, ...falco } = keys;

/** The keys that Falco has too, as the table of keys describes them. */
export function falcoKeyStatus(): readonly KeyStatus[] {
  const others = {
    path: "rule_files",
    status: "different on purpose",
    how: "Read as `rules_files`; Falco ignores it.",
  } as const;
  return [...statusOf(falco, ""), others];
}

function statusOf(section: Keys, path: string, within: string | undefined = undefined): KeyStatus[] {
  return Object.entries(section).flatMap(([name, key]) =>
    key.own || isSelection(name, path) ? [] : statusOfKey(key, path + name, within),
  );
}

/** The selection of alerts, which all outputs have here. */
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
  return how === "same" ? { path, status: "same", how: "" } : { path, status: "different on purpose", how };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

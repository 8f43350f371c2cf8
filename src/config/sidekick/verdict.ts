import { outputsSection } from "../../output/sections.ts";
import type { Key, Keys } from "../../setting/shape.ts";
import { absentGroups, absentOutputs } from "./absent.ts";
import { differences } from "./differences.ts";
import { intakeSettings, withoutSetting } from "./intake.ts";

/** Support for a Falcosidekick key. */
export interface Verdict {
  readonly verdict: "same" | "different" | "absent";
  /** The corresponding Eyas key; undefined if there is none. */
  readonly becomes: string | undefined;
  /** The replacement or the difference in effect, as a part of the printed message. */
  readonly use: string;
  /** Set if the key belongs to an output that Eyas does not have. */
  readonly isOfAbsentOutput?: true;
}

/** Returns the Eyas key under `outputs` with the same path as a Falcosidekick key; undefined if there is none. */
export function findKey(path: string): Key | undefined {
  let keys: Keys = outputsSection.keys;
  const parts = path.split(".");
  for (const part of parts.slice(0, -1)) {
    const inner = Object.hasOwn(keys, part) ? keys[part] : undefined;
    if (inner?.kind !== "section") return undefined;
    keys = inner.keys;
  }
  return keys[parts.at(-1) ?? ""];
}

/** Determines how Eyas supports a Falcosidekick key. `path` is in lower case. */
export function verdictOf(path: string): Verdict {
  const key = findKey(path);
  const difference = differences[path];
  if (key?.kind === "later") return { verdict: "absent", becomes: undefined, use: key.instead ?? "" };
  if (key !== undefined && difference !== undefined)
    return { verdict: "different", becomes: `outputs.${path}`, use: difference.about };
  if (key !== undefined) return { verdict: "same", becomes: `outputs.${path}`, use: "" };
  if (Object.hasOwn(intakeSettings, path)) {
    const becomes = intakeSettings[path];
    if (becomes === undefined) return { verdict: "absent", becomes, use: withoutSetting[path] ?? "" };
    return { verdict: "different", becomes, use: "alert_intake.enabled" };
  }
  for (const [name, { use }] of Object.entries(absentOutputs))
    if (path.startsWith(`${name}.`)) return { verdict: "absent", becomes: undefined, use, isOfAbsentOutput: true };
  const [group = "", name = ""] = path.split(".");
  const inGroup = absentGroups[group]?.split(" ").includes(name) ?? false;
  if (inGroup) return { verdict: "absent", becomes: undefined, use: "", isOfAbsentOutput: true };
  throw new Error(`Falcosidekick's key ${path} is in no table`);
}

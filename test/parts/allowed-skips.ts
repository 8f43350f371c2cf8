import type { PartName } from "./parts.ts";
import { referenceData } from "./shared.ts";

/** Tests that may skip in CI. */
export interface AllowedSkip {
  /** Tests that miss nothing but these parts, … */
  readonly parts?: readonly PartName[];
  /** … or tests with this name, the names of their suites before it ("suite > test"). */
  readonly test?: string;
  readonly reason: string;
}

/** A skipped test that none of these names makes CI fail. */
export const allowedSkips: readonly AllowedSkip[] = [
  { parts: referenceData.map(({ name }) => name), reason: "the reference's data are no part of the project" },
  { parts: ["cgroups, version 1"], reason: "machines of today have version 2 alone" },
  { parts: ["root cgroup"], reason: "a service manager or container engine gives each of its processes a cgroup" },
];

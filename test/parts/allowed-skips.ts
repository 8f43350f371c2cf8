import type { PartName } from "./parts.ts";
import { referenceData } from "./shared.ts";

/** Tests that may be skipped in CI, given by parts or by name. */
export interface AllowedSkip {
  /** Selects tests that miss only these parts. */
  readonly parts?: readonly PartName[];
  /** Selects tests with this name, including the names of their suites ("suite > test"). */
  readonly test?: string;
  readonly reason: string;
  /** Whether these tests do not count for {@link MAX_SKIPPED}. */
  readonly uncounted?: true;
}

/** Maximum number of tests that a run in CI may skip. */
export const MAX_SKIPPED = 5;

/** If CI is set, any other skipped test fails the run. */
export const allowedSkips: readonly AllowedSkip[] = [
  {
    parts: [...referenceData.map(({ name }) => name), "plugin rules", "Falco's configuration"],
    reason:
      "the reference data, and Falco's configuration and rule files of plugins (FALCO_CONFIG, FALCO_PLUGIN_RULES), are not part of the project",
    uncounted: true,
  },
  { parts: ["cgroups, version 1"], reason: "current machines have only version 2" },
  {
    parts: ["event-generator", "programs of event-generator", "cosign"],
    reason:
      "they are built only on request: no package registry has the source of event-generator (EVENT_GENERATOR_SOURCE), and building cosign takes 6 minutes of CPU time (test/parts/cosign.ts)",
  },
  {
    parts: ["recent kubectl"],
    reason:
      "Debian 12 has kubectl 1.20; the stand-in does not support its protocols for exec (SPDY) and drain (policy/v1beta1)",
  },
  {
    parts: ["FUSE", "root cgroup"],
    reason:
      "containers have no /dev/fuse by default, and a service manager or container engine gives each process a cgroup",
  },
];

// Falco's event-generator, which performs the actions that Falco's rules detect: built from its source. It is used by
// tests only.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { goPackages, runGo } from "./go.ts";
import { cached, makeCached, runBuild } from "./in-cache.ts";
import { findProgram, type Part } from "./part.ts";

const VERSION = "0.13.0";
const folder = `event-generator-${VERSION}`;

/** The program of tests: the one that EVENT_GENERATOR names, otherwise the one that was built. */
export const eventGeneratorPath: string = process.env.EVENT_GENERATOR ?? join(cached(folder), "event-generator");

/** Its repository; EVENT_GENERATOR_SOURCE may name a copy. */
const SOURCE = process.env.EVENT_GENERATOR_SOURCE ?? "https://github.com/falcosecurity/event-generator";

export const eventGenerator = {
  name: "event-generator",
  missing() {
    try {
      accessSync(eventGeneratorPath, constants.X_OK);
      return undefined;
    } catch {
      return `event-generator ${VERSION} is not built`;
    }
  },
  version: () => VERSION,
  get packages() {
    return [["git"], ...goPackages()];
  },
  // 3 minutes on two cores.
  build: () =>
    makeCached(folder, async (aside) => {
      const source = join(aside, "source");
      await runBuild(["git", "clone", "--quiet", "--depth=1", `--branch=v${VERSION}`, SOURCE, source], {});
      const env = { CGO_ENABLED: "0" };
      await runGo(["run", "-C", source, "./tools/file-bundler/", "events/k8saudit/yaml"], { env });
      await runGo(
        ["build", "-C", source, "-trimpath", "-ldflags", "-s -w", "-o", join(aside, "event-generator"), "."],
        {
          env,
        },
      );
    }),
} as const satisfies Part;

/** Programs that its actions start, and Debian's packages that provide them. */
const STARTED: Readonly<Record<string, readonly string[]>> = {
  nc: ["netcat-traditional"],
  nmap: ["nmap"],
  ssh: ["openssh-client"],
  curl: ["curl"],
  wget: ["wget"],
  capsh: ["libcap2-bin"],
  debugfs: ["e2fsprogs"],
  pkexec: ["pkexec", "policykit-1"],
  sudoedit: ["sudo"],
  crontab: ["cron"],
  login: ["login"],
};

export const eventGeneratorPrograms = {
  name: "programs of event-generator",
  packages: Object.values(STARTED),
  missing() {
    const absent = Object.keys(STARTED).filter((name) => findProgram(name) === undefined);
    return absent.length === 0 ? undefined : `${absent.join(", ")} ${absent.length === 1 ? "is" : "are"} not installed`;
  },
} as const satisfies Part;

// Falco's event-generator, which performs the actions that Falco's rules detect, for tests. No package registry has its
// source, so it is built from the clone of its repository in EVENT_GENERATOR_SOURCE.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { goPackages, QUICK_BUILD, runGo } from "./go.ts";
import { cached, makeCached, runBuild } from "./in-cache.ts";
import { findProgram, type Part } from "./part.ts";

const VERSION = "0.13.0";
const folder = `event-generator-${VERSION}`;

/** Path of the program: EVENT_GENERATOR if it is set, otherwise the built program. */
export const eventGeneratorPath: string = process.env.EVENT_GENERATOR ?? join(cached(folder), "event-generator");

/** Path of a clone of its repository (https://github.com/falcosecurity/event-generator). */
const source = process.env.EVENT_GENERATOR_SOURCE;

/** Builds the program, which takes 3 minutes on two cores. */
function buildFrom(repository: string): Promise<void> {
  return makeCached(folder, async (aside) => {
    const copy = join(aside, "source");
    await runBuild(["git", "clone", "--quiet", "--depth=1", `--branch=v${VERSION}`, repository, copy], {});
    const env = { CGO_ENABLED: "0" };
    await runGo(["run", "-C", copy, "./tools/file-bundler/", "events/k8saudit/yaml"], { env });
    const program = join(aside, "event-generator");
    await runGo(["build", "-C", copy, ...QUICK_BUILD, "-o", program, "."], { env });
  });
}

export const eventGenerator = {
  name: "event-generator",
  missing() {
    try {
      accessSync(eventGeneratorPath, constants.X_OK);
      return undefined;
    } catch {
      return `event-generator ${VERSION} is not built: set EVENT_GENERATOR_SOURCE to a clone of its repository`;
    }
  },
  version: () => VERSION,
  get packages() {
    return source === undefined ? [] : [["git"], ...goPackages()];
  },
  ...(source !== undefined && { build: () => buildFrom(source) }),
} as const satisfies Part;

/** Programs that its actions start, with the Debian packages that contain them. */
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
  get packages() {
    return eventGenerator.missing() === undefined || source !== undefined ? Object.values(STARTED) : [];
  },
  missing() {
    const absent = Object.keys(STARTED).filter((name) => findProgram(name) === undefined);
    return absent.length === 0 ? undefined : `${absent.join(", ")} ${absent.length === 1 ? "is" : "are"} not installed`;
  },
} as const satisfies Part;

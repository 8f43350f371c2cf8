// Rules exclude programs by path; copies of other programs at such a path are not excluded.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerKind } from "../../src/drill/cgroup.ts";
import { type OwnedStage, openStage } from "../../src/drill/stage.ts";
import { prepare, program, remove } from "../detection/tricks.ts";
import { needs } from "../parts/needs.ts";
import { ALL_RULES, alertsOf, type LiveSensor, markedRules, startSensorWith } from "./sensor.ts";

const RULE = "Code mapped from memory or unlinked file";
const TRUSTED = "/usr/lib/jvm";
const own = `${TRUSTED}/eyas-installed-${process.pid}`;

/**
 * Runs a program in an overlay whose lower layer is the root of the machine, as container engines do.
 * @param before command that runs first, with the path of the overlay in `$R`
 */
const inOverlay = (program: string, before = ":"): string[] => [
  ...["unshare", "-m", "sh", "-ec"],
  `mkdir t o; mount -t tmpfs t t; mkdir t/u t/w; R=$PWD/o
   mount -t overlay o -o lowerdir=/,upperdir=t/u,workdir=t/w o; mkdir -p o/old; ${before}
   cd o; pivot_root . old; exec ${program} map-memfd`,
];

describe(
  "programs that rules exclude by path",
  needs("root", "sensor", "clang-19", "mount namespaces", "cgroups"),
  () => {
    const hadFolder = existsSync(TRUSTED);
    const folder = mkdtempSync(join(tmpdir(), "eyas-installed-"));
    let sensor: LiveSensor;
    let stage: OwnedStage;
    beforeAll(async () => {
      prepare();
      mkdirSync(own, { recursive: true });
      copyFileSync(program, join(own, "java"));
      stage = openStage();
      sensor = await startSensorWith(ALL_RULES, markedRules(ALL_RULES));
    }, 180_000);
    afterAll(async () => {
      await sensor?.stop();
      stage?.end();
      remove();
      for (const path of [own, folder, ...(hadFolder ? [] : [TRUSTED])]) rmSync(path, { recursive: true, force: true });
    });

    /** Returns the rules that match a command. */
    async function rulesOf(name: string, argv: readonly string[], container: ContainerKind): Promise<string[]> {
      stage.beginAction(name);
      const cwd = mkdtempSync(join(folder, "run-"));
      const { code, output } = await stage.run(argv, { container, cwd, env: { T: program } });
      stage.endAction();
      expect(code, output).toBe(0);
      await sensor.settled();
      return alertsOf(sensor.alerts(), name).map(({ rule }) => rule);
    }

    test("in a container, a program of the image's layer is excluded", async () => {
      expect(await rulesOf("layer", inOverlay(`${own}/java`), "docker")).not.toContain(RULE);
    });

    test("in a container, a copied program at the same path is not excluded", async () => {
      expect(await rulesOf("copy", inOverlay(`${own}/copy`, `cp $T $R${own}/copy`), "docker")).toContain(RULE);
    });

    test("on the host, a program that belongs to no package is not excluded after it was looked up in the package databases", async () => {
      const run = (name: string) => rulesOf(name, [join(own, "java"), "map-memfd"], "host");
      await run("first");
      // The sensor first reads the package databases, which takes a long time on a busy machine.
      await expect.poll(() => run("again"), { timeout: 180_000, interval: 1000 }).toContain(RULE);
    });
  },
);

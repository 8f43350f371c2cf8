import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { ownReporters } from "./test/parts/plugin.ts";

// Tests run on the Node that the program runs on, also where vitest was started by an older one.
if (Number.parseInt(process.versions.node, 10) < 24) {
  const node = join(import.meta.dirname, "node_modules/.bin/node");
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" });
  process.exit(status ?? 1);
}

/** Tests of the whole program take longest: those first, so that none of them is left alone at the end. */
class WholeProgramFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isWhole = ({ moduleId }: TestSpecification): boolean =>
      moduleId.startsWith(join(import.meta.dirname, "test/"));
    return [...sorted.filter(isWhole), ...sorted.filter((file) => !isWhole(file))];
  }
}

const folders = "{src,rules,test,scripts,bench,probe,ui}";
const ofOneMachine = ["**/*.live.test.ts", "**/*.built.test.ts"];

/** Matches tests that start programs, measure memory, or change what a process has once: environment, clock, signals. */
const OWN_PROCESS =
  /child_process|needs\(|fixture|sharedServer|startChild|Worker|memoryUsage|process\.(env|on|once|exit|umask)|\bvi\./;
const { globSync } = await import("node:fs"); // Node.js 20, which starts the block above, does not have it
const simple = globSync(`${folders}/**/*.test.ts`, { cwd: import.meta.dirname, exclude: ofOneMachine }).filter(
  (file) => !OWN_PROCESS.test(readFileSync(join(import.meta.dirname, file), "utf8")),
);

export default defineConfig({
  plugins: [ownReporters()],
  test: {
    // Nets against what hangs: a machine may be busy, and no test is about time.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: WholeProgramFirst },
    globalSetup: ["test/temporary.ts", "test/shared-servers.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          maxWorkers: availableParallelism() + 1, // tests often wait for servers and other programs
          include: [`${folders}/**/*.test.ts`],
          exclude: [...ofOneMachine, ...simple],
        },
      },
      {
        // They share processes, since most take less time than the start of a process.
        extends: true,
        test: {
          name: "simple",
          maxWorkers: availableParallelism() + 1,
          include: simple,
          isolate: false,
        },
      },
      {
        // They watch the running kernel, so each would see what the others do.
        extends: true,
        test: {
          name: "live",
          include: [`${folders}/**/*.live.test.ts`],
          fileParallelism: false,
          testTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // They use what is built beside the tests (test/parts/install.ts), and wait for it.
        extends: true,
        test: {
          name: "built",
          maxWorkers: availableParallelism(),
          include: [`${folders}/**/*.built.test.ts`],
          setupFiles: "test/parts/wait.ts",
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

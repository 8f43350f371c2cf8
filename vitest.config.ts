import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, matchesGlob, relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { isWholeDrill } from "./test/guest/whole-drill.ts";
import { includesKubernetes, needsKubernetes } from "./test/parts/kubernetes/parts.ts";
import { ownReporters } from "./test/parts/plugin.ts";

// Tests run on the Node that the program runs on, also where vitest was started by an older one.
if (Number.parseInt(process.versions.node, 10) < 24) {
  const node = join(import.meta.dirname, "node_modules/.bin/node");
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" });
  process.exit(status ?? 1);
}

/**
 * Tests of the whole program and of containers take longest, so they run first, and none of them is left alone at the
 * end. Live tests run one at a time and leave a processor idle, so other tests are distributed among them: long ones
 * evenly, because no live test starts while all workers run long ones. None of them starts beside the last live tests,
 * which would end before them. Those of `built` start beside live tests that cause little load, since what they need is
 * still being built, and since an upgrade under load needs time.
 */
class Order extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [long, rest] = [true, false].map((wanted) =>
      sorted.filter(({ moduleId }) => isLong(relative(import.meta.dirname, moduleId)) === wanted),
    );
    const ordered = [...(long ?? []), ...(rest ?? [])];
    const of = (name: string): TestSpecification[] => ordered.filter(({ project }) => project.name === name);
    const live = of("live");
    const [apart, built, servers] = [of("apart"), of("built"), of("servers")];
    const waiting = of("waiting");
    const whole = waiting.filter(({ moduleId }) => isLong(relative(import.meta.dirname, moduleId)));
    const single = waiting.filter((file) => !whole.includes(file));
    const distributed = new Set([live, waiting, apart, built, servers].flat());
    return [
      ...ordered.filter((file) => !distributed.has(file)),
      ...servers,
      ...distribute(live, [whole, spans.whole], [built, spans.built], [single, spans.single], [apart, spans.single]),
    ];
  }
}

/** First and last live test beside which files start, as shares of all live tests. */
type Span = readonly [first: number, last: number];
const spans = { whole: [0, 0.5], built: [0.85, 0.9], single: [0, 0.9] } as const satisfies Record<string, Span>;

/** Puts an equal number of files of each kind after each live test of its span. */
function distribute(
  live: readonly TestSpecification[],
  ...kinds: readonly (readonly [files: readonly TestSpecification[], span: Span])[]
): TestSpecification[] {
  if (live.length === 0) return kinds.flatMap(([files]) => files);
  /** How many files start before or beside a live test. */
  const until = (count: number, [first, last]: Span, i: number): number =>
    Math.floor(count * Math.min(1, Math.max(0, ((i + 1) / live.length - first) / (last - first))));
  return live.flatMap((file, i) => [
    file, // from here on, the next live test already waits until the last one has ended
    ...kinds.flatMap(([files, span]) => files.slice(until(files.length, span, i - 1), until(files.length, span, i))),
  ]);
}

const folders = "{src,rules,test,scripts,bench,probe,ui,ui-shared}";
const ofOneMachine = ["**/*.live.test.ts", "**/*.built.test.ts"];

/**
 * Matches tests that measure memory, replace modules, load native libraries, or change for good what a process has once:
 * environment, signals, flags. Changes that test/restore.ts undoes do not count.
 */
const OWN_PROCESS =
  /memoryUsage|heapUsed|setFlagsFromString|process\.(on|once|emit|exit|umask|chdir)|process\.env(\.\w+|\[.+\]) =|delete process\.env|\bvi\.mock|new Worker|startMockKafka|EYAS_TEST_CACHE|"\.\/(short-run|service)|listeners\/target|audit\/run/;
/** Matches tests that start programs. */
const PROGRAMS = /child_process|stand-in|needs\(|fixture|sharedServer|startChild|Worker/;
/** Matches tests that need parts that are built (test/parts/install.ts). They run later than those that need packages. */
const BUILT = /opensearch|"kafka"|"moto"|natsServers|"image libraries"/;
/** Tests that often wait for disks and servers, and start few programs. */
const waiting = [
  "src/{journal,api/store,output,source/nats,source/kafka}/**/*.test.ts",
  "{test/kafka,rules}/**/*.test.ts",
];
const { globSync } = await import("node:fs"); // Node.js 20, which starts the block above, does not have it
const all = globSync(`${folders}/**/*.test.ts`, { cwd: import.meta.dirname, exclude: ofOneMachine });
const matching = (pattern: RegExp): string[] =>
  all.filter((file) => pattern.test(readFileSync(join(import.meta.dirname, file), "utf8")));
const [isolated, programs] = [matching(OWN_PROCESS), matching(PROGRAMS)];
const simple = all.filter((file) => !isolated.includes(file) && !programs.includes(file));
/** Whether a file tests the whole program. */
const isWhole = (file: string): boolean => file.startsWith("test/");
/** Tests that start containers, which live tests would see. */
const containers = matching(/docker|podman|containerd/);
/** Whether a file takes long, and should therefore start early. */
const isLong = (file: string): boolean => isWhole(file) || containers.includes(file);
/** Tests of single parts that start other programs. They run beside live tests. */
const parts = programs.filter((file) => !isWhole(file) && !containers.includes(file));
/** Tests of the whole program that need parts that are built. */
const servers = matching(BUILT).filter(
  (file) =>
    programs.includes(file) &&
    !isolated.includes(file) &&
    !parts.includes(file) &&
    !waiting.some((glob) => matchesGlob(file, glob)),
);
/** Tests that this run does not include. */
const excluded = [
  ...(includesKubernetes()
    ? []
    : globSync(`${folders}/**/*.built.test.ts`, { cwd: import.meta.dirname }).filter((file) =>
        needsKubernetes(readFileSync(join(import.meta.dirname, file), "utf8")),
      )),
  ...(isWholeDrill ? [] : ["test/live/other-kernels.built.test.ts"]),
];

/** Number of test files at a time; tests often wait for servers and other programs. */
const workers = availableParallelism() + 1;
/** The same beside live tests. Two workers more, because they often wait until the live test of another one has ended. */
const workersBeside = workers + 2;

export default defineConfig({
  plugins: [ownReporters()],
  test: {
    // Nets against what hangs: a machine may be busy, and no test is about time.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: Order },
    // Node.js loads TypeScript itself; that Vite transforms each module takes a third of the CPU time of short tests.
    experimental: { viteModuleRunner: false },
    globalSetup: ["test/temporary.ts", "test/parts/installing.ts", "test/shared-servers.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          maxWorkers: workers,
          include: isolated.filter(isWhole),
          setupFiles: "test/parts/installed.ts",
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "apart",
          maxWorkers: workersBeside,
          include: isolated.filter((file) => !isWhole(file)),
          setupFiles: ["test/parts/installed.ts", "test/live/beside.ts"],
          sequence: { groupOrder: 2 },
        },
      },
      {
        // They share processes, since the start of a process and the modules that it loads take a second.
        extends: true,
        test: {
          name: "programs",
          maxWorkers: workers,
          include: programs,
          exclude: [...isolated, ...waiting, ...parts, ...servers],
          isolate: false,
          setupFiles: ["test/parts/unpacked.ts", "test/restore.ts"],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "servers",
          maxWorkers: workers,
          include: servers,
          isolate: false,
          setupFiles: ["test/parts/installed.ts", "test/restore.ts"],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "waiting",
          maxWorkers: workersBeside,
          include: [...waiting, ...parts],
          exclude: [...ofOneMachine, ...isolated, ...simple],
          isolate: false,
          setupFiles: ["test/parts/installed.ts", "test/restore.ts", "test/live/beside.ts"],
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Most take less time than the start of a process. They need no parts, so they run while parts are installed.
        extends: true,
        test: {
          name: "simple",
          maxWorkers: workers + 1,
          include: simple,
          isolate: false,
          setupFiles: ["test/restore.ts", "test/live/beside.ts"],
        },
      },
      {
        // They watch the running kernel, so each would see what the others do: test/live/alone.ts.
        extends: true,
        test: {
          name: "live",
          maxWorkers: workersBeside,
          include: [`${folders}/**/*.live.test.ts`],
          setupFiles: ["test/parts/installed.ts", "test/live/alone.ts"],
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // They use what is built beside the tests (test/parts/install.ts), and wait for it.
        extends: true,
        test: {
          name: "built",
          maxWorkers: workersBeside,
          include: [`${folders}/**/*.built.test.ts`],
          exclude: excluded,
          setupFiles: ["test/parts/installed.ts", "test/live/beside.ts", "test/parts/wait.ts"],
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

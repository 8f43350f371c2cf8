import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { tableOfParts } from "./test/parts/plugin.ts";

// Tests run on the Node that the program runs on, also where vitest was started by an older one.
if (Number.parseInt(process.versions.node, 10) < 24) {
  const node = join(import.meta.dirname, "node_modules/.bin/node");
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" });
  process.exit(status ?? 1);
}

const folders = "{src,rules,test,scripts,bench,probe,ui}";

export default defineConfig({
  plugins: [tableOfParts()],
  test: {
    // Nets against what hangs: a machine may be busy, and no test is about time.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: ["test/temporary.ts", "test/shared-servers.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [`${folders}/**/*.test.ts`],
          exclude: ["**/*.live.test.ts", "**/*.built.test.ts"],
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
          include: [`${folders}/**/*.built.test.ts`],
          setupFiles: "test/parts/wait.ts",
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

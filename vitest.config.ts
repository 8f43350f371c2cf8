import { defineConfig } from "vitest/config";

const folders = "{src,rules,test,scripts,bench,probe}";

export default defineConfig({
  test: {
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: [`${folders}/**/*.test.ts`], exclude: ["**/*.live.test.ts"] },
      },
      {
        // They watch the running kernel, so each would see what the others do.
        extends: true,
        test: {
          name: "live",
          include: [`${folders}/**/*.live.test.ts`],
          fileParallelism: false,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

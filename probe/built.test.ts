import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { eventTypes } from "../src/event/types.ts";

/** The tools that built what is committed; others make other bytes. */
const tools: Readonly<Record<string, string>> = {
  clang: "clang version 14.0.6",
  "llvm-strip": "",
  bpftool: "bpftool v7.5",
};
const missing = Object.entries(tools)
  .filter(([tool, version]) => !(spawnSync(tool, ["--version"], { encoding: "utf8" }).stdout ?? "-").includes(version))
  .map(([tool, version]) => version || tool);
if (!existsSync("/usr/include/bpf/bpf_helpers.h")) missing.push("headers of libbpf");

describe.skipIf(missing.length > 0)(
  `what is committed of the probe${missing.length > 0 ? ` (skipped: no ${missing.join(", ")})` : ""}`,
  () => {
    const fresh = mkdtempSync(join(tmpdir(), "eyas-probe-"));
    const script = join(import.meta.dirname, "../scripts/build-probe.sh");
    const build = spawnSync("sh", [script, fresh], { encoding: "utf8" });

    it("is built without a warning", () => {
      expect({ status: build.status, stderr: build.stderr }).toEqual({ status: 0, stderr: "" });
    });

    it.each(["x64", "arm64"])("is what its source builds to (%s)", (architecture) => {
      const committed = join(import.meta.dirname, "built", architecture);
      expect(readFileSync(join(fresh, `${architecture}.json`), "utf8")).toBe(readFileSync(`${committed}.json`, "utf8"));
      const [now, then] = [join(fresh, architecture), committed].map((path) =>
        gunzipSync(readFileSync(`${path}.bin.gz`)),
      );
      expect(now.equals(then)).toBe(true);
      if (architecture === "arm64") rmSync(fresh, { recursive: true });
    });
  },
);

describe("the table of calls", () => {
  const source = readFileSync(join(import.meta.dirname, "calls.h"), "utf8");
  const rows = [...source.matchAll(/^\tCALL(?:_HOW)?\((\w+), (\d+), (\d+)/gm)];

  it("gives each call an event of its name with as many parameters as that has", () => {
    const otherNames: Record<string, string> = { pread64: "pread", pwrite64: "pwrite", prlimit64: "prlimit" };
    const wrong = rows.filter(([, call, code, parameters]) => {
      const type = eventTypes[Number(code)];
      return type.name !== (otherNames[call] ?? call) || type.enter || type.params.length !== Number(parameters);
    });
    expect(rows.length).toBeGreaterThan(140);
    expect(wrong.map(([row]) => row)).toEqual([]);
  });
});

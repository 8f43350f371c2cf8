import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { genericCalls, genericParamsOf } from "../src/event/generic.ts";
import { ownParams } from "../src/event/own.ts";
import { EventFlag, Origin } from "../src/event/schema.ts";
import { syscallId } from "../src/event/syscalls.ts";
import { eventTypes, isGeneric } from "../src/event/types.ts";
import { needs } from "../test/parts/needs.ts";

describe("the committed probe", needs("clang-19", "bpftool", "headers of libbpf"), () => {
  const fresh = mkdtempSync(join(tmpdir(), "eyas-probe-"));
  afterAll(() => rmSync(fresh, { recursive: true }));

  it("is built without a warning", () => {
    const script = join(import.meta.dirname, "../scripts/build-probe.sh");
    const build = spawnSync("sh", [script, fresh], { encoding: "utf8" });
    expect({ status: build.status, stderr: build.stderr }).toEqual({ status: 0, stderr: "" });
  }, 120_000);

  const objects = ["x64", "arm64"].flatMap((arch) =>
    ["", "-uring", "-tracepoints", "-transfers", "-portable", "-portable-tracepoints"].map(
      (object) => `${arch}${object}`,
    ),
  );

  it.each(objects)("equals a build of its source (%s)", (object) => {
    const committed = join(import.meta.dirname, "built", object);
    expect(readFileSync(join(fresh, `${object}.json`), "utf8")).toBe(readFileSync(`${committed}.json`, "utf8"));
    const [now, then] = [join(fresh, object), committed].map((path) => gunzipSync(readFileSync(`${path}.bin.gz`)));
    expect(now!.equals(then!)).toBe(true);
  });
});

describe("the table of calls", () => {
  const source = readFileSync(join(import.meta.dirname, "calls.h"), "utf8");
  const rows = [...source.matchAll(/^\tCALL(?:_HOW)?\((\w+), (\d+), (\d+)/gm)];

  it("gives each call an event with the same name and number of parameters", () => {
    const otherNames: Record<string, string> = { pread64: "pread", pwrite64: "pwrite", prlimit64: "prlimit" };
    const wrong = rows.filter(([, call = "", code, parameters]) => {
      const type = eventTypes[Number(code)]!;
      // Other calls get their own parameters only if the call succeeded.
      const own = ["mmap", "mprotect"].includes(call) ? ownParams(type.code).length : 0;
      return type.name !== (otherNames[call] ?? call) || type.enter || type.params.length + own !== Number(parameters);
    });
    expect(rows.length).toBeGreaterThan(140);
    expect(wrong.map(([row]) => row)).toEqual([]);
  });

  it("writes the own parameters of generic events, and no others", () => {
    const written = [...source.matchAll(/^\tGENERIC\((\w+), (.*)\),$/gm)].map(([, call = "", steps = ""]) => {
      const row = steps.split(/, (?=[A-Z_0-9]+(?:\(|,|$))/).map((step) => step !== "NONE");
      return [call, row];
    });
    const known = genericCalls.map((call) => [
      call,
      genericParamsOf(syscallId.get(call) ?? 0)
        .slice(1)
        .map((param) => param !== undefined),
    ]);
    expect(written).toEqual(known);
  });

  it("has a row for each event of a system call, except calls that 64-bit Linux does not have", () => {
    const covered = new Set(rows.map(([, , code]) => Number(code)));
    const missing = eventTypes.filter(
      ({ flags, code, key, category, enter }) =>
        (category & Origin.syscall) !== 0 &&
        (flags & (EventFlag.unused | EventFlag.oldVersion)) === 0 &&
        !(enter || isGeneric(code) || key === "" || covered.has(code)),
    );
    const only32Bit = ["send", "recv", "stat64", "lstat64", "fstat64", "llseek", "mmap2", "umount"];
    expect(missing.map(({ name }) => name)).toEqual(only32Bit);
  });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Found } from "./full-disk-trial.fixture.ts";

const trial = join(import.meta.dirname, "full-disk-trial.fixture.ts");

type Trial = Found & { readonly errors: string };

/** Runs the trial with a journal on a small disk that has no space for the preallocated reserve. */
function tryIt(...modes: string[]): Trial {
  const [trial] = tryInTurn("4m", modes);
  if (trial === undefined) throw new Error("no trial");
  return trial;
}

/** Runs one process for each list of modes, one after the other, with the same journal on a disk of `size`. */
function tryInTurn(size: string, ...processes: readonly string[][]): Trial[] {
  const folder = mkdtempSync(join(tmpdir(), "eyas-full-disk-"));
  const run = (modes: readonly string[]): string =>
    [process.execPath, "--disable-warning=ExperimentalWarning", trial, folder, ...modes].join(" ");
  const inside = `mount -t tmpfs -o size=${size} tmpfs ${folder}; ${processes.map((modes) => `${run(modes)}; echo; echo >&2 NEXT`).join("; ")}`;
  const { stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", inside], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  const errors = stderr.split("NEXT\n");
  return stdout
    .trim()
    .split("\n")
    .map((line, i) => ({ ...JSON.parse(line), errors: errors[i] ?? "" }));
}

function texts(raised: number): string[] {
  return Array.from({ length: raised }, (_, number) => `alert ${number}.`);
}

describe("alerts raised while the journal's disk is full", { ...needs("mount namespaces"), timeout: 300_000 }, () => {
  test.each([
    ["", []],
    [", from the start on", ["first"]],
    [", during an outage of the output", ["outage"]],
  ])("are later in the journal, in order, and are delivered once with the same IDs%s", (_, modes) => {
    const { raised, stored, received, counts, log } = tryIt(...modes);
    expect(stored.map(([text]) => text)).toEqual(texts(raised));
    expect(stored.map(([, id]) => id)).toEqual(stored.map(([, id]) => id).toSorted());
    expect(received).toEqual(stored);
    expect(counts).toEqual({ kept: raised, missed: 0, waiting: 0 });
    expect(log.filter((line) => line.includes("alerts that could not be written: 0"))).toHaveLength(1);
  });

  test("are stored and delivered with the same IDs after the next start if the process is killed", () => {
    const [killed, next] = tryInTurn("12m", ["killed"], ["next", "from", "1000"]);
    expect(killed?.received.map(([text]) => text)).toEqual(texts(killed?.raised ?? 0));
    expect(killed?.stored.length).toBeLessThan((killed?.raised ?? 0) - 50);
    const stored = next?.stored.filter(([text]) => Number(/\d+/.exec(text)) < 1000);
    expect(stored).toEqual(killed?.received);
    expect(next?.stored.map(([, id]) => id)).toEqual(next?.stored.map(([, id]) => id).toSorted());
    expect(next?.received.slice(-5)).toEqual(next?.stored.slice(-5));
    expect(next?.log).toContainEqual(
      expect.stringMatching(/^Writing \d+ alerts from \S+, which the previous process could not write/),
    );
  });

  test("are in the journal after two kills on a full disk", () => {
    const [first, second, last] = tryInTurn(
      "12m",
      ["killed"],
      ["still", "from", "1000", "killed"],
      ["next", "from", "2000"],
    );
    const numbers = (trial: Trial | undefined, from: number): number[] =>
      Array.from({ length: trial?.raised ?? 0 }, (_, i) => from + i);
    const stored = last?.stored.map(([text]) => Number(/\d+/.exec(text)));
    expect(stored).toEqual([...numbers(first, 0), ...numbers(second, 1000), ...numbers(last, 2000)]);
    const ids = new Map(last?.stored);
    for (const [text, id] of [...(first?.received ?? []), ...(second?.received ?? [])]) expect(ids.get(text)).toBe(id);
  });

  test("are delivered and written to standard error if the process ends while the disk is full", () => {
    const { raised, stored, received, counts, log, errors } = tryIt("end");
    expect(received.map(([text]) => text)).toEqual(texts(raised));
    const left = raised - stored.length;
    expect(left).toBeGreaterThan(50);
    expect(counts).toEqual({ kept: stored.length, missed: left, waiting: 0 });
    expect(log.at(-1)).toMatch(`: ${left} alerts lost.`);
    expect([...errors.matchAll(/alert \d+\./g)].map(([text]) => text)).toEqual(texts(raised).slice(-left));
  });
});

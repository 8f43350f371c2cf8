import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Found } from "./full-disk-trial.fixture.ts";

const trial = join(import.meta.dirname, "full-disk-trial.fixture.ts");

/** Runs the trial with a journal on a small disk. */
function tryIt(...modes: string[]): Found & { readonly errors: string } {
  const folder = mkdtempSync(join(tmpdir(), "eyas-full-disk-"));
  const inside = `mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"`;
  const program = [process.execPath, "--disable-warning=ExperimentalWarning", trial, folder, ...modes];
  const { stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", inside, folder, ...program], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  const found: Found = JSON.parse(stdout);
  return { ...found, errors: stderr };
}

function texts(raised: number): string[] {
  return Array.from({ length: raised }, (_, number) => `alert ${number}.`);
}

describe("alerts raised while the journal's disk is full", { ...needs("mount namespaces"), timeout: 300_000 }, () => {
  test.each([
    ["", []],
    [", from the start on", ["first"]],
    [", during an outage of the output", ["outage"]],
  ])("are in the journal later, in order, and once at the output with the same IDs%s", (_, modes) => {
    const { raised, stored, received, counts, log } = tryIt(...modes);
    expect(stored.map(([text]) => text)).toEqual(texts(raised));
    expect(stored.map(([, id]) => id)).toEqual(stored.map(([, id]) => id).toSorted());
    expect(received).toEqual(stored);
    expect(counts).toEqual({ kept: raised, missed: 0, waiting: 0 });
    expect(log.filter((line) => line.includes("alerts that could not be written: 0"))).toHaveLength(1);
  });

  test("are delivered and on standard error if the process ends before there is space", () => {
    const { raised, stored, received, counts, log, errors } = tryIt("end");
    expect(received.map(([text]) => text)).toEqual(texts(raised));
    const left = raised - stored.length;
    expect(left).toBeGreaterThan(50);
    expect(counts).toEqual({ kept: stored.length, missed: left, waiting: 0 });
    expect(log.at(-1)).toMatch(`${left} alerts could not be written to the journal before shutdown.`);
    expect([...errors.matchAll(/alert \d+\./g)].map(([text]) => text)).toEqual(texts(raised).slice(-left));
  });
});

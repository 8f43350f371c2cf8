import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { Health } from "../../telemetry/health.ts";
import { observeDisk } from "./disk.ts";

const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** Prints the health of the disk that contains the directory in the arguments. */
const PROGRAM = `
import { Health } from ${module("../../telemetry/health.ts")};
import { observeDisk } from ${module("./disk.ts")};
const health = new Health();
await observeDisk(health, process.argv[1] + "/journal.db");
const { state, reason } = health.get("disk");
process.stdout.write(state + " " + reason);
`;

test.each([
  ["1g", /^ok $/],
  ["200m", /^degraded \S+ has less than 256 MiB free$/],
  ["8m", /^failed \S+ has less than 16 MiB free$/],
])("a file system of %s is %s", needs("mount namespaces"), (size, expected) => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-disk-"));
  const inside = `mount -t tmpfs -o size=${size} tmpfs "$0" && exec "$@"`;
  const program = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", PROGRAM];
  const { stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", inside, folder, ...program, folder], {
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  expect(stdout, stderr).toMatch(expected);
});

test("a file system that does not respond is degraded", async () => {
  const health = new Health();
  await observeDisk(health, "/nowhere/at/all/journal.db");
  expect(health.get("disk")).toMatchObject({
    state: "degraded",
    reason: expect.stringContaining("cannot determine the free space of /nowhere/at/all: ENOENT"),
  });
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { pollReadable, pollSet } from "../syscall/libc.ts";
import { startShell } from "./mounts.fixture.ts";
import { Mounts, parseMount } from "./mounts.ts";

test("a line of the list has optional tags and escapes", () => {
  const mount = { id: "36", path: "/mnt/a b\\c", type: "ext4", source: "/dev/sda1", root: "/x\ny" };
  const [start, end] = ["36 35 98:0 /x\\012y /mnt/a\\040b\\134c rw,noatime", "- ext4 /dev/sda1 rw,errors=continue"];
  expect(parseMount(`${start} ${end}`)).toEqual(mount);
  expect(parseMount(`${start} shared:1 master:2 ${end}`)).toEqual(mount);
  for (const line of ["", "36 35 98:0", start, `${start} -`]) expect(parseMount(line)).toBeUndefined();
});

test(
  "new mounts over watched paths are found, regardless of the path that mount received",
  needs("root", "mount namespaces"),
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-mounts-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const at = (name: string): string => join(folder, name);
    for (const name of ["watched/a b", "other", "source"]) mkdirSync(at(name), { recursive: true });
    for (const name of ["watched/file", "source/file"]) writeFileSync(at(name), "");
    symlinkSync("watched", at("link"));

    const { pid, run } = await startShell(onTestFinished);
    await run(`mount -t tmpfs before "${at("watched/a b")}"`);
    const mounts = new Mounts(`/proc/${pid}/mountinfo`, (path) => path.startsWith(at("watched")));
    onTestFinished(() => mounts.close());
    const set = pollSet([], [mounts.fd]);
    let now = 0;
    /** Waits for a change of the list, and returns what is new. */
    const found = () => {
      expect(pollReadable(set, 1, 10_000)).toBe(1);
      mounts.changed();
      now += 60_000;
      return mounts.take(now);
    };
    expect(pollReadable(set, 1, 0)).toBe(0);

    await run(`mount --bind "${at("source/file")}" "${at("link/file")}"`);
    const bound = { path: at("watched/file"), root: expect.stringMatching(/source\/file$/) };
    expect(found()).toMatchObject({ mounts: [bound], others: 0, isPartial: false });
    await run(`mount -t tmpfs "the name" "/proc/self/root${at("link")}/a b"`);
    const named = { path: at("watched/a b"), type: "tmpfs", source: "the name", root: "/" };
    expect(found()?.mounts).toEqual([named]);
    await run(`mount -t tmpfs x "${at("other")}"`);
    expect(found()).toBeUndefined();
    await run(`umount "${at("watched/a b")}"`);
    expect(found()).toBeUndefined();
    await run(`mount -t tmpfs "the name" "${at("watched/a b")}"`);
    expect(found()?.mounts).toEqual([named]);

    await run(`for i in $(seq 150); do mount -t tmpfs $i "${at("watched/a b")}"; done`);
    const many = found();
    expect([many?.mounts.length, many?.others]).toEqual([100, 50]);
    mounts.changed();
    expect(mounts.take(now + 50)).toBeUndefined();
    expect(mounts.wait(now + 50)).toBeGreaterThanOrEqual(50);
    expect(mounts.wait(now + 60_000)).toBe(0);
  },
);

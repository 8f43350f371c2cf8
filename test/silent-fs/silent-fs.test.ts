import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";

const ask = join(import.meta.dirname, "../../src/source/syscall/proc/ask.ts");
/** A script that prints the results of the sensor's lookups for a process. */
const LOOK = `
const { askMachine } = await import(${JSON.stringify(ask)});
const [pid, path, link] = [Number(process.argv[1]), process.argv[2], process.argv[3]];
const { lookup, resolve } = askMachine("/");
const { thread, descriptors } = lookup(pid);
const { exepath, exeIno, exeInoMtime } = thread;
console.log(JSON.stringify({ exepath, exeIno: String(exeIno), mtime: String(exeInoMtime), names: descriptors.map(({ name }) => name), below: resolve(process.pid, path + "/other"), link: resolve(process.pid, link) }));
`;
/** Milliseconds after which a lookup that waits for the file system is ended. */
const PATIENCE = 120_000;

describe("a file system in user space that stops responding", needs("root", "gcc", "static busybox", "FUSE"), () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-silent-"));
  const [server, mounted] = [join(folder, "silent-fs"), join(folder, "mounted")];
  const program = join(mounted, "program");
  const link = join(folder, "folder", "silent-fs");
  let answering: ChildProcess;
  let running: ChildProcess;

  beforeAll(async () => {
    const built = spawnSync("gcc", ["-o", server, join(import.meta.dirname, "silent-fs.c")], { encoding: "utf8" });
    expect(built.stderr).toBe("");
    mkdirSync(mounted);
    answering = spawn(server, [mounted, "/bin/busybox"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(answering.stdout!, "data");
    const fd = openSync(program, "r");
    running = spawn(program, ["sleep", "1000"], { argv0: "busybox", stdio: [fd, "ignore", "ignore"] });
    await once(running, "spawn");
    closeSync(fd);
    answering.kill("SIGUSR1");
    symlinkSync(folder, join(folder, "folder"));
    statSync(link);
  });

  afterAll(() => {
    answering?.kill("SIGKILL"); // ends processes that wait for it
    running?.kill("SIGKILL");
    spawnSync("umount", ["-l", mounted]);
    rmSync(folder, { recursive: true });
  });

  test("does not block a lookup of a process that uses its files, or of a path in it", async () => {
    // A thread that waits for the file system cannot be killed; the end of the server releases it.
    const patience = setTimeout(() => answering.kill("SIGKILL"), PATIENCE);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "-e",
      LOOK,
      `${running.pid}`,
      mounted,
      link,
    ]);
    clearTimeout(patience);
    expect({ held: answering.exitCode !== null || answering.signalCode !== null, stderr }).toEqual({
      held: false,
      stderr: "",
    });
    expect(JSON.parse(stdout)).toMatchObject({
      exepath: program,
      exeIno: "2",
      mtime: "1000000000000000000",
      names: expect.arrayContaining([program]),
      link: server,
    });
  });
});

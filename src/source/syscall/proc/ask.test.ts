import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import type { AccountRecords } from "../../../machine/accounts.ts";
import type { MachineHooks } from "../../../machine/machine.ts";
import { askMachine } from "./ask.ts";

/** Returns the accounts that are known now. */
function known(found: ReturnType<NonNullable<MachineHooks["accounts"]>>): AccountRecords | undefined {
  return found === "later" ? undefined : found;
}

// A clock that stands still, so that reads use none of the time budget, even on a busy machine.
const ask = askMachine(
  "/",
  () => {},
  () => 0,
);

test("a process without events is read with its descriptors", () => {
  const fd = openSync("/etc/passwd", "r");
  const found = ask.lookup?.(process.pid);
  closeSync(fd);
  expect(found?.thread.pid).toBe(process.pid);
  expect(found?.descriptors.find((one) => one.fd === fd)?.name).toBe("/etc/passwd");
});

test("only as many descriptors are read as can be stored", () => {
  const opened = Array.from({ length: 4200 }, () => openSync("/dev/null", "r"));
  const found = ask.lookup?.(process.pid)?.descriptors.length;
  for (const fd of opened) closeSync(fd);
  expect(found).toBeGreaterThan(4000);
  expect(found).toBeLessThanOrEqual(4096);
});

test("overlays are found by their mount point", () => {
  const root = mkdtempSync(join(tmpdir(), "eyas-mounts-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "proc/7"), { recursive: true });
  writeFileSync(
    join(root, "proc/7/mountinfo"),
    "30 1 0:26 / /data rw - tmpfs tmpfs rw\n31 1 0:27 / /srv/a\\040b rw shared:1 - overlay overlay rw,lowerdir=/x\n",
  );
  const { isOverlay } = askMachine(root);
  expect(["/srv/a b", "/data", "/srv"].map((path) => isOverlay?.(7, path))).toEqual([true, false, false]);
  expect(isOverlay?.(8, "/srv/a b")).toBeUndefined();
});

test("an exited process is not found and not running", async () => {
  const child = spawn("sleep", ["100"]);
  const pid = child.pid ?? 0;
  await new Promise((done) => child.once("spawn", done));
  const comm = ask.lookup?.(pid)?.thread.comm ?? "";
  const now = Date.now() * 1e6;
  const hourAgo = now - 3600e9;
  expect(ask.isAlive?.(pid, pid, comm, now)).toBe(true);
  expect(ask.isAlive?.(pid, pid, "former name", now + 1e9)).toBe(true);
  expect(ask.isAlive?.(pid, pid, "former process", hourAgo)).toBe(false);
  child.kill();
  await new Promise((done) => child.once("exit", done));
  expect([ask.isAlive?.(pid, pid, comm, now), ask.lookup?.(pid)]).toEqual([false, undefined]);
});

test("the host's accounts are read, but not again for every unknown user", () => {
  expect(known(ask.accounts?.("", 1))?.users.find(({ uid }) => uid === 0)?.name).toBe("root");
  expect(ask.accounts?.("", 1)).toBeUndefined();
});

test("a container that shares the host's files has no accounts of its own", () => {
  expect(ask.accounts?.("abcdefabcdef", 1)).toBeUndefined();
});

describe("accounts of a container", needs("root", "static busybox"), () => {
  const BUSYBOX = "/bin/busybox";

  /** Starts a process with its own root directory, whose /etc the callback fills. */
  async function inside(fill: (etc: string) => void): Promise<{ readonly pid: number; readonly root: string }> {
    const root = mkdtempSync(join(tmpdir(), "eyas-root-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    for (const name of ["etc", "bin"]) mkdirSync(join(root, name));
    copyFileSync(BUSYBOX, join(root, "bin/busybox"));
    fill(join(root, "etc"));
    const child = spawn(
      BUSYBOX,
      ["chroot", root, "/bin/busybox", "sh", "-c", "echo ready; exec /bin/busybox sleep 1000"],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    return { pid: child.pid ?? 0, root };
  }

  const ALICE = "alice:x:1000:1000::/home/alice:/bin/bash\n";
  const mount = (from: string, to: string): void => {
    execFileSync("mount", ["--bind", from, to]);
    onTestFinished(() => void execFileSync("umount", [to]));
  };
  const names = (found: ReturnType<NonNullable<MachineHooks["accounts"]>>) =>
    known(found)?.users.map(({ name }) => name);

  test("are read from its own files, even if a process of the runtime came first", async () => {
    const { pid } = await inside((etc) => {
      writeFileSync(join(etc, "passwd"), ALICE);
      writeFileSync(join(etc, "group"), "staff:x:1000:alice\n");
    });
    const own = askMachine("/");
    expect(own.accounts?.("c", process.pid)).toBeUndefined(); // has the machine's files
    expect(own.accounts?.("c", 999_999_999)).toBeUndefined(); // exited
    const found = known(own.accounts?.("c", pid));
    expect(found?.users).toMatchObject([{ uid: 1000, name: "alice", shell: "/bin/bash" }]);
    expect(found?.groups).toMatchObject([{ gid: 1000, name: "staff" }]);
    expect(own.accounts?.("c", pid)).toBeUndefined(); // not read again at once
  });

  test.each<[what: string, fill: (passwd: string) => void, expected: readonly string[]]>([
    ["a missing file", () => {}, []],
    ["a FIFO, which would block", (passwd) => execFileSync("mkfifo", [passwd]), []],
    ["a device", (passwd) => execFileSync("mknod", [passwd, "c", "1", "5"]), []],
    ["a link to a file of the machine", (passwd) => symlinkSync("/proc/self/environ", passwd), []],
    ["a link out of the root", (passwd) => symlinkSync("../../../../../../etc/group", passwd), []],
    ["a large file", (passwd) => execFileSync("truncate", ["-s", "1T", passwd]), []],
    [
      "a link inside the root",
      (passwd) => {
        writeFileSync(`${passwd}.real`, ALICE);
        symlinkSync("/etc/passwd.real", passwd);
      },
      ["alice"],
    ],
    [
      "a mounted file",
      (passwd) => {
        writeFileSync(`${passwd}.real`, ALICE);
        writeFileSync(passwd, "");
        mount(`${passwd}.real`, passwd);
      },
      ["alice"],
    ],
    [
      "a file in a mounted directory",
      (passwd) => {
        const real = `${dirname(passwd)}.real`;
        mkdirSync(real);
        writeFileSync(join(real, "passwd"), ALICE);
        mount(real, dirname(passwd));
      },
      [],
    ],
  ])("are not read from other places: %s", async (_, fill, expected) => {
    const { pid } = await inside((etc) => fill(join(etc, "passwd")));
    expect(names(askMachine("/").accounts?.("c", pid))).toEqual(expected);
  });

  test.each<[what: string, namespaces: readonly string[], expected: readonly string[]]>([
    ["of a user namespace, which may have a layer on FUSE, is not read", ["--user", "--map-root-user"], []],
    ["of another mount namespace is read", [], ["alice"]],
  ])("an overlay %s", async (_, namespaces, expected) => {
    const { root } = await inside((etc) => writeFileSync(join(etc, "passwd"), ALICE));
    const place = mkdtempSync(join(tmpdir(), "eyas-overlay-"));
    onTestFinished(() => rmSync(place, { recursive: true, force: true }));
    for (const name of ["empty/old", "merged"]) mkdirSync(join(place, name), { recursive: true });
    const mounting = `mount -t overlay overlay -o lowerdir=${root}:${place}/empty ${place}/merged`;
    const ready = "busybox umount -l /old; echo ready; exec busybox sleep 1000";
    const script = `${mounting} && pivot_root ${place}/merged ${place}/merged/old && exec /bin/busybox sh -c "${ready}"`;
    const child = spawn("unshare", [...namespaces, "--mount", "sh", "-c", script], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    expect(names(askMachine("/").accounts?.("c", child.pid ?? 0))).toEqual(expected);
  });

  test("take at most a tenth of the time; others are read later", async () => {
    const { pid } = await inside((etc) => writeFileSync(join(etc, "passwd"), ALICE));
    let now = 0;
    const slow = askMachine("/", undefined, () => {
      now += 30; // milliseconds per read, on this clock
      return now;
    });
    const found = Array.from({ length: 20 }, (_, i) => {
      if (i % 2 === 0) return slow.accounts?.(`container ${i}`, process.pid); // has the machine's files
      const read = slow.accounts?.(`container ${i}`, pid);
      return read === "later" ? read : names(read)?.join();
    });
    expect(found.slice(0, 4)).toEqual([undefined, "alice", undefined, "alice"]);
    expect(found).toContain("later");
    expect(known(slow.accounts?.("", 1))?.users.length).toBeGreaterThan(0);
    now += 1000;
    expect(names(slow.accounts?.("another", pid))).toEqual(["alice"]);
  });

  test("of a user namespace are only the accounts with an ID on the machine", async () => {
    const { root } = await inside((etc) => writeFileSync(join(etc, "passwd"), `root:x:0:0::/:/bin/sh\n${ALICE}`));
    const words = ["chroot", root, "/bin/busybox", "sh", "-c", "echo ready; exec /bin/busybox sleep 1000"];
    const child = spawn("unshare", ["--user", "--map-root-user", ...words], { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    expect(names(askMachine("/").accounts?.("c", child.pid ?? 0))).toEqual(["root"]);
  });

  test("are missing, with a warning, if the root of the machine is unknown", async () => {
    const { pid } = await inside((etc) => writeFileSync(join(etc, "passwd"), ALICE));
    const root = mkdtempSync(join(tmpdir(), "eyas-no-proc-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const warnings: string[] = [];
    const blind = askMachine(root, (sentence) => warnings.push(sentence));
    expect(blind.accounts?.("c", pid)).toBeUndefined();
    expect(warnings).toEqual([
      "User names in containers are not available: the root directory of process 1 cannot be read",
    ]);
  });
});

test("accounts are read again after a time, even if the clock of the machine was set back", () => {
  let now = 0;
  const own = askMachine("/", undefined, () => now);
  expect(own.accounts?.("", 1)).toBeDefined();
  now += 5000;
  vi.setSystemTime(0);
  onTestFinished(() => void vi.useRealTimers());
  expect(own.accounts?.("", 1)).toBeUndefined();
  now += 5000;
  expect(own.accounts?.("", 1)).toBeDefined();
});

test("at most a tenth of the time is spent on reading unknown threads", () => {
  let now = 0;
  const reading = 30; // milliseconds per read, on this clock
  const flooded = askMachine("/", undefined, () => {
    now += reading;
    return now;
  });
  const found = Array.from({ length: 10 }, () => flooded.lookup?.(process.pid) !== undefined);
  expect(found).toEqual([true, true, true, true, false, false, false, false, false, false]);
  now += 1000;
  expect(flooded.lookup?.(process.pid)).toBeDefined();
});

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type DescriptorRecord,
  FdKind,
  type GroupRecord,
  type MachineRecord,
  type ThreadRecord,
  type UserRecord,
} from "../../../event/snapshot.ts";
import { ControlGroups } from "./cgroups.ts";
import { scanMachine } from "./scan.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-scan-"));
const threads = new Map<number, ThreadRecord>();
const order: string[] = [];
const descriptors = new Map<number, DescriptorRecord[]>();
let machine: MachineRecord;
let users: UserRecord[];
let groups: GroupRecord[];
let child: ChildProcess;
let tcp: Server;
let unix: Server;

beforeAll(async () => {
  child = spawn("/bin/sh", ["-c", "read x", "", "last"], {
    cwd: folder,
    env: { ONE: "1" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  tcp = createServer();
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  unix = createServer();
  await new Promise<void>((resolve) => unix.listen(join(folder, "u"), resolve));
  writeFileSync(join(folder, "file"), "");
  openSync(join(folder, "file"), "a");
  openSync(folder, "r");
  await new Promise((resolve) => setTimeout(resolve, 50));
  scanMachine(
    {
      machine(record) {
        machine = record;
      },
      thread(record) {
        threads.set(record.tid, record);
        if (record.tid === record.pid) order.push(`thread ${record.pid}`);
      },
      descriptors(pid, records) {
        descriptors.set(pid, records);
        order.push(`descriptors ${pid}`);
      },
      interfaces() {},
      accounts(allUsers, allGroups) {
        users = allUsers;
        groups = allGroups;
      },
    },
    { root: "/" },
  );
});

afterAll(() => {
  child.stdin?.end();
  tcp.close();
  unix.close();
  rmSync(folder, { recursive: true, force: true });
});

const own = () => descriptors.get(process.pid) ?? [];

describe("state from /proc", () => {
  it("has a child process with all values", () => {
    const { ino, mtimeNs } = statSync("/bin/sh", { bigint: true });
    const pid = child.pid ?? 0;
    const record = threads.get(pid);
    expect(record).toMatchObject({
      tid: pid,
      pid,
      ptid: process.pid,
      vtid: pid,
      vpid: pid,
      comm: "sh",
      exe: "/bin/sh",
      args: "-c\0read x\0\0last\0",
      env: "ONE=1\0",
      cwd: folder,
      root: "/",
      flags: 0,
      exeIno: ino,
      exeInoMtime: mtimeNs,
      uid: process.getuid?.(),
      fdlimit: threads.get(process.pid)?.fdlimit,
    });
    expect(record?.exepath).toMatch(/^\/.*sh$/);
    const age = BigInt(Date.now()) * 1_000_000n - (record?.cloneTime ?? 0n);
    expect(age > 0n && age < 60_000_000_000n).toBe(true);
  });

  it("has every thread of this process, as threads", () => {
    const mine = [...threads.values()].filter(({ pid }) => pid === process.pid);
    expect(mine.length).toBeGreaterThan(4);
    const [CLONE_FILES, CLONE_THREAD] = [1, 1 << 13];
    for (const { tid, flags, exepath } of mine) {
      expect(flags).toBe(tid === process.pid ? 0 : CLONE_FILES | CLONE_THREAD);
      expect(exepath).toBe(process.execPath);
    }
  });

  it("yields the descriptors of a process after the process", () => {
    expect(order.indexOf(`descriptors ${process.pid}`)).toBe(order.indexOf(`thread ${process.pid}`) + 1);
  });

  it("omits kernel threads", () => {
    expect(threads.get(2)?.comm).not.toBe("kthreadd");
  });

  it("has directories, and files with flags, device and inode", () => {
    const path = join(folder, "file");
    const { ino, dev } = statSync(path);
    const [WRITE, APPEND, CREATE] = [2, 1 << 3, 1 << 2];
    const file = own().find(({ name }) => name === path);
    expect(file).toMatchObject({ kind: FdKind.fileV2, ino: BigInt(ino), dev });
    expect((file?.flags ?? 0) & (WRITE | APPEND | CREATE)).toBe(WRITE | APPEND);
    expect(file?.mountId).toBeGreaterThan(0);
    expect(own().find(({ name }) => name === folder)).toMatchObject({ kind: FdKind.directory });
  });

  it("has listening sockets with their addresses", () => {
    const address = tcp.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const server = own().find(({ kind, sport }) => kind === FdKind.ipv4Server && sport === port);
    expect(server).toMatchObject({ sip: "\x7f\0\0\x01", l4: 2 });
    expect(own().find(({ name }) => name === join(folder, "u"))).toMatchObject({ kind: FdKind.unix });
  });

  it("has pipes by inode, and descriptors without a path", () => {
    const inode = /^pipe:\[(\d+)\]/.exec(own().find(({ kind }) => kind === FdKind.fifo)?.name ?? "");
    if (inode !== null) expect(own().some(({ ino }) => ino === BigInt(inode[1]!))).toBe(true);
    const kinds = new Set(own().map(({ kind }) => kind));
    expect([kinds.has(FdKind.eventpoll), kinds.has(FdKind.event)]).toEqual([true, true]);
  });

  it("has the machine and its accounts", () => {
    expect(machine.cpus).toBeGreaterThan(0);
    expect(machine.bootTime % 1_000_000_000n).toBe(0n);
    expect(users.find(({ uid }) => uid === 0)).toMatchObject({ name: "root", gid: 0 });
    expect(groups.find(({ gid }) => gid === 0)?.name).toBe("root");
    expect(users).toHaveLength(
      readFileSync("/etc/passwd", "utf8")
        .split("\n")
        .filter((line) => /^[^#:]+:/.test(line)).length,
    );
  });

  it("has control groups as in events", () => {
    const groupsOfOwn = new ControlGroups("/proc").read("/proc/self");
    expect(groupsOfOwn).toMatch(/^([\w=]+=\/[^\0]*\0)*$/);
    for (const line of readFileSync("/proc/self/cgroup", "utf8").trim().split("\n")) {
      const [, controllers = "", path] = line.split(":");
      for (const controller of controllers.split(",")) {
        if (controller !== "") expect(groupsOfOwn).toContain(`${controller}=${path}\0`);
      }
    }
  });
});

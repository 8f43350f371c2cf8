import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { buildRing } from "../../../test/uring/ring.ts";
import { Event } from "../../event/event.ts";
import { anyParam } from "../../event/own.ts";
import { syscallId, syscallName } from "../../event/syscalls.ts";
import { eventTypes, isGeneric } from "../../event/types.ts";
import { isIoUring } from "../../field/uring.ts";
import { LiveSource } from "./live.ts";
import { URING_CALLS } from "./uring.ts";

interface Recorded {
  readonly name: string;
  readonly tid: number;
  readonly ring: boolean;
  readonly args: Record<string, string>;
}

const folder = mkdtempSync(join(tmpdir(), "eyas-uring-"));
const at = (name: string) => join(folder, name);
const MiB = 1024 * 1024;
const PROBED = [...URING_CALLS].map((id) => syscallName[id]);
/** Number of the ring's descriptor in a slot: this plus the slot. */
const SLOT = 0x40000000;

let program = "";

function decode(event: Event): Recorded {
  const call = isGeneric(event.type) ? event.u16(0) : 0;
  const args: Record<string, string> = {};
  for (let i = 0; i < event.count; i++) {
    const param = anyParam(event.type, i, call);
    if (param !== undefined) args[param.name] ??= Buffer.from(event.raw(i), "latin1").toString("hex");
  }
  const name = isGeneric(event.type) ? syscallName[call]! : eventTypes[event.type]!.name;
  return { name, tid: event.tid, ring: isIoUring(event), args };
}

/** Shared by the tests, since loading the sensor takes longer than a test. */
let live: LiveSource;

/** Runs the program with these arguments, and returns its events. */
function run(...words: readonly string[]): Recorded[] {
  live.want(URING_CALLS);
  const { pid, status, stderr } = spawnSync(program, words, { encoding: "utf8", cwd: folder });
  live.want(new Set());
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const events: Recorded[] = [];
  const event = new Event();
  while (live.next(event)) if (event.tid === pid) events.push(decode(event));
  return events;
}

const rings = (words: readonly string[], name?: string) =>
  run(...words).filter((event) => event.ring && (name === undefined || event.name === name));

const text = (value: string) => Buffer.from(`${value}\0`).toString("hex");
const number = (hex: string | undefined) => Buffer.from(hex ?? "", "hex").readBigInt64LE();
const inode = (path: string) => BigInt(statSync(path).ino);

describe("operations of io_uring", needs("sensor", "gcc", "liburing"), () => {
  beforeAll(() => {
    program = buildRing(folder);
    writeFileSync(at("file"), "content");
    live = new LiveSource({ calls: new Set(), ringSize: 64 * MiB });
  });
  afterAll(() => {
    live?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("are recorded on this kernel", () => {
    live.want(URING_CALLS);
    expect(live.probe.uringMissing).toBeUndefined();
  });

  it("match the table in the probe", () => {
    const source = readFileSync(join(import.meta.dirname, "../../../probe/uring.bpf.c"), "utf8");
    const rows = [...source.matchAll(/SAME\([A-Z0-9_]+, (\w+)\)/g)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual(PROBED.toSorted());
    expect(PROBED.map((name) => syscallId.get(name ?? ""))).not.toContain(undefined);
  });

  const OPERATIONS: readonly (readonly string[])[] = [
    ["openat", "file", "2"],
    ["openat", "new", "0102"],
    ["openat", "missing", "0"],
    ["openat2", "file", "0"],
    ["mkdirat", "made"],
    ["symlinkat", "file", "symbolic"],
    ["linkat", "file", "linked"],
    ["renameat2", "moved", "to"],
    ["unlinkat", "removed"],
    ["unlinkat", "missing"],
    ["socket", "::1"],
    ["connect", "127.0.0.1", "9"],
    ["connect", "::1", "9"],
    ["connect", "unix:missing", "0"],
    ["bind", "127.0.0.1", "0"],
    ["bind", "unix:bound", "0"],
    ["listen"],
    ["accept4"],
    ["shutdown"],
    ["splice"],
    ["close", "99"],
    ["fallocate", "file"],
  ];

  it.each(OPERATIONS.map((words) => [words.join(" "), words] as const))("%s: like the call", (_title, words) => {
    const make = () => {
      for (const name of ["made", "new", "symbolic", "linked", "to", "bound"])
        rmSync(at(name), { recursive: true, force: true });
      for (const name of ["moved", "removed"]) writeFileSync(at(name), "");
    };
    const [name] = words;
    make();
    const call = run("--plain", ...words).findLast((event) => event.name === name && !event.ring);
    make();
    const ring = run(...words).findLast((event) => event.name === name && event.ring);
    expect(call).toBeDefined();
    // empty, since no file is watched
    delete ring?.args.realpath;
    delete ring?.args.rewritable;
    expect(Object.keys(ring?.args ?? {})).toEqual(Object.keys(call?.args ?? {}));
    const differing =
      words[1] === "new" || name === "accept4" ? ["fd", "ino", "tuple"] : name === "socket" ? ["fd"] : [];
    const open = name?.startsWith("open") && words[1] !== "missing" ? ["fd"] : [];
    const used = ["connect", "bind", "listen", "shutdown", "fallocate"].includes(name ?? "") ? ["fd"] : [];
    const pipes = name === "splice" ? ["fd_in", "fd_out"] : [];
    for (const key of [...differing, ...open, ...used, ...pipes]) {
      expect(ring?.args[key]?.length).toBe(call?.args[key]?.length);
      delete call?.args[key];
      delete ring?.args[key];
    }
    expect(ring?.args).toEqual(call?.args);
  });

  it.each([
    [],
    ["--async"],
    ["--link"],
    ["--async", "--link"],
    ["--defer"],
    ["--defer", "--async"],
    ["--sqpoll"],
    ["--small"],
    ["--direct"],
    ["--direct", "--link"],
  ])("have thread, name, device and inode with %s %s", (...options) => {
    const words = [...options.filter((word) => word !== undefined), "openat", "file", "0", ",", "openat2", "file", "0"];
    const opened = rings(words).filter(({ name }) => name.startsWith("open"));
    expect(opened.map(({ name }) => name).toSorted()).toEqual(["openat", "openat2"]);
    for (const { args } of opened) {
      expect(args.name).toBe(text("file"));
      expect(number(args.ino)).toBe(inode(at("file")));
    }
  });

  it("belong to the thread that submits them", () => {
    live.want(URING_CALLS);
    const { pid } = spawnSync(program, ["--thread", "openat", at("file"), "0"]);
    live.want(new Set());
    const tids: number[] = [];
    const event = new Event();
    while (live.next(event)) {
      const { ring, args, tid } = decode(event);
      if (ring && args.name === text(at("file"))) tids.push(tid);
    }
    expect(tids).toEqual([expect.any(Number)]);
    expect(tids).not.toEqual([pid]);
  });

  it("have numbers above all process descriptors for ring descriptors", () => {
    const events = rings(["--direct", "openat", "file", "0", ",", "close", "0"]);
    expect(events.map(({ name, args }) => [name, number(args.fd)])).toEqual([
      ["openat", BigInt(SLOT)],
      ["close", BigInt(SLOT)],
    ]);
  });

  it("are recorded each time that a request accepts a connection", () => {
    // The request is canceled when the program ends.
    const accepted = rings(["accepts"], "accept4").filter(({ args }) => number(args.fd) >= 0n);
    expect(accepted.map(({ args }) => args.tuple?.length)).toEqual([26, 26]);
    expect(new Set(accepted.map(({ args }) => args.fd)).size).toBe(2);
  });

  it("are recorded if a later request of the batch closes the file", () => {
    const [open] = rings(["--direct", "openat", "file", "0", ",", "read", ",", "close", "0"], "openat");
    expect(number(open?.args.ino)).toBe(inode(at("file")));
  });

  it("are recorded if the completion queue is full", () => {
    const many = Array.from({ length: 40 }, (_, i) => ["mkdirat", `deep${i}`, ","])
      .flat()
      .slice(0, -1);
    // Kernel threads run the requests in parallel, in any order.
    const paths = rings(["--small", ...many], "mkdirat").map(({ args }) => args.path ?? "");
    expect(paths.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => text(`deep${i}`)).toSorted());
  });

  it("are recorded if successful requests have no completion event", () => {
    const words = ["--skip", "mkdirat", "silent", ",", "openat", "file", "0", ",", "connect", "127.0.0.1", "9"];
    const events = rings(words);
    expect(events.filter(({ name }) => name === "mkdirat")).toHaveLength(1);
    expect(events.find(({ name }) => name === "openat")?.args.name).toBe(text("file"));
    // The tuple has the address, although the socket is not connected yet.
    const tuple = events.find(({ name }) => name === "connect")?.args.tuple;
    expect(tuple).toMatch(/7f0000010900$/);
  });

  it("are not reported as a close that may be canceled", () => {
    expect(rings(["--skip", "close", "99"], "close")).toEqual([]);
  });

  it("are recorded regardless of the length of their paths", () => {
    const long = `${"/".repeat(4000)}${at("file")}`;
    const [open, renamed] = rings(["openat", long, "0", ",", "renameat2", long, `${"/".repeat(3000)}tmp/none/x`]);
    expect(open?.args.name).toBe(text(long));
    expect(renamed?.args.oldpath).toBe(text(long));
    expect(renamed?.args.newpath).toBe(text(`${"/".repeat(3000)}tmp/none/x`));
  });

  it("are recorded while other requests fill the table of requests", () => {
    spawnSync("mkfifo", [at("fifo")]);
    const events = rings(["--pending", at("fifo"), "6000", "openat", "file", "0"], "openat");
    expect(events.filter(({ args }) => args.name === text(at("fifo"))).length).toBeGreaterThan(1000);
    expect(events.filter(({ args }) => args.name === text("file"))).toHaveLength(1);
  });

  it("are all recorded or counted in a flood", () => {
    mkdirSync(at("flood"));
    const many = Array.from({ length: 50 }, () => ["unlinkat", "flood/none", ","])
      .flat()
      .slice(0, -1);
    const before = live.counts().lost;
    const events = rings(["--repeat", "4000", ...many], "unlinkat");
    expect(events.length + live.counts().lost - before).toBeGreaterThanOrEqual(200_000);
    expect(events.length).toBeGreaterThan(100_000);
  }, 300_000);
});

import { type SpawnSyncOptions, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { makeContainerCgroup } from "../../drill/cgroup.ts";
import { EventCode } from "../../event/code.ts";
import { Event } from "../../event/event.ts";
import { GenericParam, genericParamsOf } from "../../event/generic.ts";
import { ownParams } from "../../event/own.ts";
import { syscallId, syscallName } from "../../event/syscalls.ts";
import { eventTypes, isGeneric } from "../../event/types.ts";
import { type LiveOptions, LiveSource } from "./live.ts";

/** A decoded parameter: a number of up to 64 bits, or a byte string for other types. */
type Value = number | string;

interface Recorded {
  readonly name: string;
  readonly code: number;
  readonly tid: number;
  readonly time: bigint;
  readonly args: Record<string, Value>;
}

const folder = mkdtempSync(join(tmpdir(), "eyas-live-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ids = (names: string) => new Set(names.split(" ").map((name) => syscallId.get(name) ?? 0));
const allCalls = new Set(syscallId.values());

function decode(event: Event): Recorded {
  const type = eventTypes[event.type]!;
  const args: Record<string, Value> = {};
  type.params.forEach((param, i) => {
    const length = event.length(i);
    const text = /^(CHARBUF|FSPATH|FSRELPATH|BYTEBUF|SOCK|DYN|FDLIST)/.test(param.type);
    if (text || length === 0) args[param.name] = event.raw(i);
    else if (length === 8) args[param.name] = event.i64(i);
    else args[param.name] = length === 4 ? event.u32(i) : length === 2 ? event.u16(i) : event.u8(i);
  });
  const name = isGeneric(event.type) ? syscallName[event.u16(0)]! : type.name;
  return { name, code: event.type, tid: event.tid, time: event.time, args };
}

/** Returns the events recorded while `act` runs. */
function during(options: LiveOptions, act: () => void): Recorded[] {
  const live = new LiveSource(options);
  try {
    act();
    live.want(new Set());
    const recorded: Recorded[] = [];
    const event = new Event();
    while (live.next(event)) recorded.push(decode(event));
    return recorded;
  } finally {
    live.close();
  }
}

/** Runs a script in `sh`, and returns the events of the shell and its children for the given calls. */
function shell(calls: string, script: string, options: SpawnSyncOptions = {}): Recorded[] {
  return during({ calls: ids(calls) }, () =>
    spawnSync("sh", ["-c", script], { cwd: folder, stdio: "ignore", ...options }),
  );
}

/** Runs a Node.js program in the test's directory, and returns its events for the given calls. */
function program(calls: string, source: string): Recorded[] {
  const path = join(folder, "program.mjs");
  writeFileSync(path, source);
  return during({ calls: ids(calls) }, () => spawnSync(process.execPath, [path], { cwd: folder, stdio: "ignore" }));
}

const text = (value: string) => `${value}\0`;
const named = (recorded: Recorded[], name: string) => recorded.filter((event) => event.name === name);

describe("the live sensor", needs("sensor"), () => {
  it("records an open with the descriptor, path, flags, device and inode, and its close", () => {
    const path = join(folder, "opened");
    writeFileSync(path, "content");
    const { ino, dev } = statSync(path);
    const recorded = shell("openat close", `exec 7<${path}; exec 7<&-`);
    const open = recorded.find(({ args }) => args.name === text(path));
    expect(open?.args).toMatchObject({ dirfd: -100, flags: 1, mode: 0, dev, ino });
    const closed = recorded.find(
      ({ name, tid, args }) => name === "close" && tid === open?.tid && args.fd === open?.args.fd,
    );
    expect(closed?.args.res).toBe(0);
  });

  it("records a created file, and the error for a missing file", () => {
    const recorded = shell("openat", `umask 022; : >${folder}/created; : <${folder}/absent`);
    const [CREATED, CREAT, TRUNC, WRONLY, LARGEFILE] = [1 << 14, 1 << 2, 1 << 8, 2, 1 << 11];
    const created = recorded.find(({ args }) => args.name === text(join(folder, "created")));
    expect(Number(created?.args.flags) & ~LARGEFILE).toBe(CREATED | CREAT | TRUNC | WRONLY);
    expect(created?.args.mode).toBe(0o666);
    const absent = recorded.find(({ args }) => args.name === text(join(folder, "absent")));
    expect(absent?.args).toMatchObject({ fd: -2, dev: 0, ino: 0 });
  });

  it("records an exec with all values of the program", () => {
    const recorded = during({ calls: ids("execve") }, () => {
      spawnSync("/bin/sh", ["-c", "exit 0", "second", ""], { cwd: folder, env: { A: "1", LONG: "x".repeat(5000) } });
    });
    const exec = recorded.find(({ args }) => args.args === "-c\0exit 0\0second\0\0");
    const { ino, ctimeNs, mtimeNs } = statSync("/bin/sh", { bigint: true });
    expect(exec?.args).toMatchObject({
      res: 0,
      exe: text("/bin/sh"),
      filename: text("/bin/sh"),
      comm: text("sh"),
      cwd: "",
      ptid: process.pid,
      tid: exec?.tid,
      pid: exec?.tid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
      exe_ino: Number(ino),
      exe_ino_ctime: Number(ctimeNs),
      exe_ino_mtime: Number(mtimeNs),
    });
    expect(String(exec?.args.env).startsWith("A=1\0LONG=xxx")).toBe(true);
    expect(exec?.args.env).toHaveLength(4096);
    expect(String(exec?.args.trusted_exepath)).toMatch(/^\/.*sh\0$/);
    expect(String(exec?.args.cgroups)).toMatch(/^(\w+=\/[^\0]*\0)+$/);
  });

  it("records a failed exec with its arguments", () => {
    const recorded = program(
      "execve",
      `import { spawnSync } from "node:child_process"; spawnSync("/nonexistent/program", ["one", "two words"], { env: { B: "2" } });`,
    );
    const failed = recorded.find(({ args }) => args.filename === text("/nonexistent/program"));
    expect(failed?.args).toMatchObject({
      res: -2,
      exe: text("/nonexistent/program"),
      args: "one\0two words\0",
      env: "B=2\0",
    });
  });

  it("records a clone from child and parent, and an exit with its code or signal", () => {
    const recorded = shell(
      "clone clone3 fork vfork",
      "(exit 87) & wait; (kill -SEGV $(exec sh -c 'echo $PPID')) & wait",
    );
    const births = recorded.filter(({ name, args }) => /^(clone3?|v?fork)$/.test(name) && args.res === 0);
    const ended = recorded.filter(({ name }) => name === "procexit");
    const last = ended.find(({ args }) => args.ret === 87);
    const birth = births.find(({ tid }) => tid === last?.tid);
    const parent = recorded.find(({ args }) => args.res === last?.tid);
    expect(birth?.args).toMatchObject({ tid: last?.tid, pid: last?.tid, ptid: parent?.tid, exe: text("sh") });
    expect(parent?.args).toMatchObject({ tid: parent?.tid, pid: parent?.tid, exe: text("sh") });
    // The page faults of the child only; the parent has had many.
    expect(Number(birth?.args.pgft_min)).toBeLessThan(10);
    expect(Number(parent?.args.pgft_min)).toBeGreaterThan(10);
    expect(birth !== undefined && parent !== undefined && birth.time <= parent.time).toBe(true);
    expect(ended.some(({ args }) => args.sig === 11 && args.ret === 0)).toBe(true);
  });

  it("records paths as the program passed them", () => {
    const sub = `sub-${process.pid}`;
    const recorded = shell(
      "rename renameat renameat2 unlink unlinkat mkdir mkdirat rmdir link linkat symlink symlinkat chmod fchmodat",
      "mkdir S && : >S/a && ln S/a S/b && ln -s /etc/shadow S/s && mv S/b S/c && chmod 4711 S/a && rm -r S".replaceAll(
        "S",
        sub,
      ),
    );
    const given = (name: RegExp, ...values: Value[]) =>
      recorded.some(
        (event) => name.test(event.name) && values.every((value) => Object.values(event.args).includes(value)),
      );
    expect({
      mkdir: given(/^mkdir/, text(sub)),
      link: given(/^link/, text(`${sub}/a`), text(`${sub}/b`)),
      symlink: given(/^symlink/, text("/etc/shadow"), text(`${sub}/s`)),
      rename: given(/^rename/, text(`${sub}/b`), text(`${sub}/c`)),
      chmod: given(/^(fchmodat|chmod)/, text(`${sub}/a`), 0o4711),
      rmdir: given(/^(unlinkat|rmdir)/, text(sub)),
    }).toEqual({ mkdir: true, link: true, symlink: true, rename: true, chmod: true, rmdir: true });
  });

  it.runIf(process.arch === "x64")("records a 32-bit call by its own number, not as an exec", needs("gcc"), () => {
    const tricks = join(folder, "tricks");
    const source = join(import.meta.dirname, "../../../test/live/tricks.c");
    expect(spawnSync("gcc", ["-w", "-O1", "-o", tricks, source, "-ldl"], { encoding: "utf8" }).stderr).toBe("");
    let pid = 0;
    const recorded = during({ calls: ids("execve execveat timerfd_create") }, () => {
      const ran = spawnSync(tricks, ["timer-32"]);
      expect(ran.status).toBe(0);
      pid = ran.pid;
    });
    const own = recorded.filter(({ tid, name }) => tid === pid && /^(exec|timerfd)/.test(name));
    expect(own.map(({ name, args }) => [name, args.res])).toEqual([
      ["execve", 0],
      ["timerfd_create", 3],
    ]);
  });

  it("records the address of a connection while another thread rewrites the passed address", needs("gcc"), () => {
    const racing = join(folder, "connect-race");
    const source = join(import.meta.dirname, "../../../test/live/connect-race.c");
    expect(spawnSync("gcc", ["-O1", "-o", racing, source, "-pthread"], { encoding: "utf8" }).stderr).toBe("");
    let peers: string[] = [];
    const recorded = during({ calls: ids("connect") }, () => {
      peers = spawnSync(racing, { encoding: "utf8" }).stdout.trim().split("\n");
    });
    const [PORT, ADDRESS] = [11, 7];
    const tuples = named(recorded, "connect").map(({ args }) => Buffer.from(String(args.tuple), "latin1"));
    const tids = named(recorded, "connect").map(({ tid }) => tid);
    const own = tuples.filter((tuple, i) => tids[i] === tids.at(-1) && tuple.readUInt16LE(PORT) !== 0);
    expect(peers).toHaveLength(1000);
    expect(own.map((tuple) => [...tuple.subarray(ADDRESS, ADDRESS + 4)].join("."))).toEqual(peers);
  });

  /** Runs a Python program, and returns the destinations of its datagrams and connections. */
  function destinations(source: string): string[] {
    const calls = "connect sendto sendmsg sendmmsg";
    const recorded = during({ calls: ids(calls) }, () => {
      const { status, stderr } = spawnSync("python3", ["-c", source], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });
    const last = recorded.findLast(({ name, args }) => calls.includes(name) && args.res === 1); // a datagram of one byte
    return recorded
      .filter(({ name, tid, args }) => calls.split(" ").includes(name) && tid === last?.tid && args.tuple !== "")
      .map(({ name, args }) => {
        const tuple = Buffer.from(String(args.tuple), "latin1");
        const size = tuple[0] === 2 ? 4 : 16;
        const ip = tuple.subarray(3 + size, 3 + 2 * size);
        return `${name} ${size === 4 ? ip.join(".") : ip.toString("hex")} ${tuple.readUInt16LE(3 + 2 * size)}`;
      });
  }

  it("records the destination of a datagram, not the peer of its socket", needs("python3"), () => {
    const sent = destinations(`
import ctypes, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", 5400))
s.sendto(b"x", ("127.0.0.2", 5401))
s.sendmsg([b"x"], [], 0, ("127.0.0.3", 5402))
try: s.send(b"x")
except ConnectionRefusedError: s.send(b"x")
# an address without a length is none
class Vector(ctypes.Structure): _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]
class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("namelen", ctypes.c_uint), ("vector", ctypes.POINTER(Vector)),
                ("vectors", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int)]
name = b"\\x02\\0" + (5403).to_bytes(2, "big") + b"\\x7f\\0\\0\\x04" + bytes(8)
m = Message(name, 0, ctypes.pointer(Vector(b"x", 1)), 1, None, 0, 0)
libc = ctypes.CDLL(None)
assert 1 in (libc.sendmsg(s.fileno(), ctypes.byref(m), 0) for _ in range(3))
`);
    expect(new Set(sent)).toEqual(
      new Set([
        "connect 127.0.0.1 5400",
        "sendto 127.0.0.2 5401",
        "sendmsg 127.0.0.3 5402",
        "sendto 127.0.0.1 5400",
        "sendmsg 127.0.0.1 5400",
      ]),
    );
  });

  it(
    "records the IPv4 address to which an IPv6 socket sends, and no address without a family",
    needs("python3"),
    () => {
      const sent = destinations(`
import ctypes, mmap, socket
page = mmap.mmap(-1, 8192)
base = ctypes.addressof(ctypes.c_char.from_buffer(page))
libc = ctypes.CDLL(None)
assert libc.mprotect(ctypes.c_void_p(base + 4096), 4096, 0) == 0
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
def send(family, port, address):
    value = family.to_bytes(2, "little") + port.to_bytes(2, "big") + address
    at = base + 4096 - len(value) # nothing behind the address can be read
    ctypes.memmove(at, value, len(value))
    assert 1 in (libc.sendto(s.fileno(), b"x", 1, 0, ctypes.c_void_p(at), len(value)) for _ in range(3))
ipv4 = bytes([127, 0, 0, 2]) + bytes(8)
send(socket.AF_INET, 5501, ipv4)
send(socket.AF_INET6, 5502, bytes(19) + b"\\x01")
s.connect(("::ffff:127.0.0.1", 5500))
send(socket.AF_INET, 5503, ipv4)
send(0, 5504, ipv4)
`);
      const of4 = (last: number) => `00000000000000000000ffff7f00000${last}`;
      expect([...new Set(sent)]).toEqual([
        `sendto ${of4(2)} 5501`,
        "sendto 00000000000000000000000000000001 5502",
        `connect ${of4(1)} 5500`,
        `sendto ${of4(2)} 5503`,
        `sendto ${of4(1)} 5500`,
      ]);
    },
  );

  it("records both ends of a connection, and a refused connection", () => {
    const recorded = program(
      "socket connect accept4 bind listen",
      `import net from "node:net";
       const refused = net.connect(9, "127.0.0.1").on("error", () => {
         const server = net.createServer((c) => c.end()).listen(0, "127.0.0.1", () =>
           net.connect(server.address().port, "127.0.0.1").on("close", () => process.exit(0)).resume());
       });`,
    );
    const closed = named(recorded, "connect").find(({ args }) => args.addr === "\x02\x7f\0\0\x01\x09\0");
    expect(closed?.args.res === -111 || closed?.args.res === -115).toBe(true);
    const own = recorded.filter(({ tid }) => tid === closed?.tid); // other programs accept connections too
    const accepted = named(own, "accept4").find(({ args }) => Number(args.fd) >= 0);
    const tuple = String(accepted?.args.tuple);
    expect(tuple).toHaveLength(13);
    expect(named(own, "connect").some(({ args }) => args.tuple === tuple)).toBe(true);
    expect(named(own, "listen").length).toBeGreaterThan(0);
  });

  it("records the path of a Unix socket", () => {
    const path = join(folder, "s.sock");
    const recorded = program(
      "bind connect",
      `import net from "node:net";
       const server = net.createServer((c) => c.end()).listen(${JSON.stringify(path)}, () =>
         net.connect(${JSON.stringify(path)}).on("close", () => process.exit(0)).resume());`,
    );
    expect(named(recorded, "bind").map(({ args }) => args.addr)).toContain(`\x01${path}\0`);
    const tuple = named(recorded, "connect")
      .map(({ args }) => String(args.tuple))
      .find((value) => value.endsWith(`${path}\0`));
    expect(tuple).toHaveLength(1 + 8 + 8 + path.length + 1);
  });

  it("records anonymous memory with MAP_RENAME, which is the same flag in the kernel, but not memory of files", () => {
    const recorded = named(program("mmap", ""), "mmap");
    const [MAP_ANONYMOUS, MAP_RENAME] = [0x8, 0x20];
    const flags = recorded.map(({ args }) => Number(args.flags) & (MAP_ANONYMOUS | MAP_RENAME));
    expect(new Set(flags)).toEqual(new Set([0, MAP_ANONYMOUS | MAP_RENAME]));
  });

  it("records a program that runs from memory", () => {
    const recorded = program(
      "execve execveat memfd_create",
      `import koffi from ${JSON.stringify(import.meta.resolve("koffi"))};
       import { readFileSync, writeSync } from "node:fs";
       import { spawnSync } from "node:child_process";
       const memfd = koffi.load(null).func("int memfd_create(const char *name, unsigned int flags)")("from-memory", 0);
       writeSync(memfd, readFileSync("/bin/true"));
       spawnSync("/proc/" + process.pid + "/fd/" + memfd, []);`,
    );
    const made = named(recorded, "memfd_create").find(({ args }) => args.name === text("from-memory"));
    expect(made?.args.flags).toBe(0);
    const exec = recorded.find(({ args }) => args.trusted_exepath === text("memfd:from-memory"));
    const FROM_MEMFD = 4;
    expect(Number(exec?.args.flags) & FROM_MEMFD).toBe(FROM_MEMFD);
  });

  it("marks the path of a program with too many directories", () => {
    const deep = join(folder, "d/".repeat(120));
    mkdirSync(deep, { recursive: true });
    const path = join(deep, "program");
    copyFileSync("/bin/true", path);
    const recorded = during({ calls: ids("execve") }, () => spawnSync(path));
    const exec = recorded.find(({ args }) => args.filename === text(path));
    expect(exec?.args.trusted_exepath).toBe(text(`/DIR_TOO_LONG${"/d".repeat(95)}/program`));
  });

  it("marks the path of a cgroup with too many components", needs("root"), () => {
    const cgroup = makeContainerCgroup("host");
    const made: string[] = [];
    try {
      let at = cgroup.folders[0] ?? "";
      for (let i = 0; i < 20; i++) {
        const offered = `${at}/cgroup.controllers`; // only in cgroup v2
        const controllers = existsSync(offered) ? (readFileSync(offered, "utf8").match(/\w+/g) ?? []) : [];
        for (const name of controllers) writeFileSync(`${at}/cgroup.subtree_control`, `+${name}`);
        at += "/d";
        mkdirSync(at);
        made.push(at);
      }
      const recorded = shell("execve", `echo $$ >${at}/cgroup.procs && exec true in-cgroup`);
      const exec = recorded.find(({ args }) => args.args === text("in-cgroup"));
      const paths = String(exec?.args.cgroups).match(/(?<==)[^\0]*/g);
      expect(paths).toContain(`/${"/d".repeat(16)}`);
    } finally {
      for (const path of made.reverse()) rmdirSync(path);
      cgroup.remove();
    }
  });

  it("captures the first 80 bytes of written data, or as many as configured", () => {
    const script = ["-c", "printf '%0200d' 7"];
    const write = (snaplen: number | undefined) =>
      during({ calls: ids("write"), ...(snaplen === undefined ? {} : { snaplen }) }, () =>
        spawnSync("sh", script),
      ).find(({ args }) => args.size === 200);
    expect(write(undefined)?.args).toMatchObject({ res: 200, data: "0".repeat(80) });
    expect(write(5)?.args.data).toBe("00000");
  });

  it("omits failed calls if configured", () => {
    const recorded = during({ calls: ids("openat"), dropFailed: true }, () => spawnSync("cat", ["/nonexistent/file"]));
    expect(recorded.length).toBeGreaterThan(0);
    expect(recorded.filter(({ name, args }) => name === "openat" && Number(args.fd) < 0)).toEqual([]);
  });

  it("records no events of its own process", () => {
    const path = join(folder, "own");
    const recorded = during({ calls: allCalls }, () => writeFileSync(path, "x"));
    expect(recorded.filter(({ tid }) => tid === process.pid)).toEqual([]);
  });

  it("records every event with the parameters of its type, in the sizes of their kinds", () => {
    const sizes: Readonly<Record<string, number>> = {
      FD: 8,
      ERRNO: 8,
      PID: 8,
      UINT64: 8,
      UINT32: 4,
      UID: 4,
      GID: 4,
      FLAGS32: 4,
    };
    const wrong: string[] = [];
    const live = new LiveSource({ calls: allCalls, ringSize: 1 << 26 });
    spawnSync(
      "sh",
      ["-c", "ls -lR /etc >/dev/null; sh -c 'cat /etc/passwd | wc -l'; ps ax; id; df; ln -s a b; rm -f b"],
      {
        cwd: folder,
      },
    );
    live.want(new Set());
    const event = new Event();
    let events = 0;
    while (live.next(event)) {
      events++;
      const { name, params: ofFormat } = eventTypes[event.type]!;
      const own = isGeneric(event.type) ? genericParamsOf(event.u16(0)) : ownParams(event.type);
      const params = [...ofFormat, ...own];
      let sum = 26 + 2 * event.count;
      for (let i = 0; i < event.count; i++) sum += event.length(i);
      // Other programs may use io_uring, whose events end with a marker. It is at a fixed place in generic events.
      const marker = isGeneric(event.type) ? GenericParam.second + 1 : params.length;
      const isRing = event.count === marker + 1 && event.raw(marker) === "RING";
      if ((event.count !== params.length && event.count !== ofFormat.length && !isRing) || sum !== event.size)
        wrong.push(`${name}: ${event.count} parameters, ${event.size} bytes`);
      params.slice(0, event.count).forEach((param, i) => {
        const size = sizes[param?.type ?? ""];
        if (size !== undefined && event.length(i) !== size && event.length(i) !== 0)
          wrong.push(`${name}.${param?.name}: ${event.length(i)}`);
      });
    }
    live.close();
    expect(wrong).toEqual([]);
    expect(events).toBeGreaterThan(500);
    expect(live.counts().lost).toBe(0);
  });

  describe("tracepoints other than system calls", () => {
    const shellWith = (script: string) => () => void spawnSync("sh", ["-c", script]);

    it("records delivered signals with sender and receiver", () => {
      // For these trapped signals, the kernel delivers SIGKILL in place of a signal that ends the process.
      const recorded = during(
        { calls: ids("signal_deliver") },
        shellWith("trap : TERM USR1; kill -TERM $$; kill -USR1 $$"),
      ).filter(({ name }) => name === "signaldeliver");
      const term = recorded.find(({ args }) => args.sig === 15);
      expect(term?.tid).toBeGreaterThan(1);
      expect(term?.args).toMatchObject({ spid: term?.tid, dpid: term?.tid });
      const usr1 = recorded.find(({ args }) => args.sig === 10);
      expect(usr1?.args).toMatchObject({ spid: 0, dpid: term?.tid }); // without a sender, as in Falco
    });

    it("records page faults with address and kind, if the architecture has the tracepoints", (context) => {
      if (process.arch !== "x64") return context.skip();
      const recorded = during({ calls: ids("page_fault_user page_fault_kernel") }, shellWith("true"));
      const USER_WRITE = 0x4 | 0x10;
      const faults = recorded.filter(({ name }) => name === "page_fault");
      expect(faults.length).toBeGreaterThan(50);
      expect(faults.some(({ args }) => (Number(args.error) & USER_WRITE) === USER_WRITE)).toBe(true);
      expect(faults.every(({ args }) => args.addr !== undefined && args.ip !== 0)).toBe(true);
    });

    it("records task switches with the next task and values of the previous one", () => {
      const recorded = during({ calls: ids("sched_switch") }, shellWith("sleep 0.1; sleep 0.1"));
      const switches = recorded.filter(({ name }) => name === "switch");
      expect(switches.length).toBeGreaterThan(10);
      expect(switches.some(({ args }) => Number(args.vm_rss) > 100 && Number(args.pgft_min) > 50)).toBe(true);
    });

    it("attaches and detaches them at run time", () => {
      const live = new LiveSource({ calls: new Set() });
      const switched = () => {
        spawnSync("sleep", ["0.05"]);
        const event = new Event();
        let switches = 0;
        while (live.next(event)) if (event.type === EventCode.SCHEDSWITCH_6_E) switches++;
        return switches;
      };
      try {
        expect(switched()).toBe(0);
        live.want(ids("sched_switch"));
        expect(live.probe.tracepointsMissing).toBeUndefined();
        expect(switched()).toBeGreaterThan(0);
        expect(live.probe.verify()).toEqual([]);
        live.want(new Set());
        switched(); // drop the earlier events
        expect(switched()).toBe(0);
        expect(live.probe.verify()).toEqual([]);
      } finally {
        live.close();
      }
    });
  });

  it("changes the watched calls at run time", () => {
    const live = new LiveSource({ calls: new Set() });
    const event = new Event();
    const opens = () => {
      spawnSync("cat", ["/etc/hostname"]);
      let count = 0;
      while (live.next(event)) if (event.type === EventCode.OPENAT_2_X) count++;
      return count;
    };
    const off = opens();
    live.want(ids("openat"));
    const on = opens();
    live.close();
    expect([off, on > 0]).toEqual([0, true]);
  });

  it("resolves a wait for an event, and on close", async () => {
    const live = new LiveSource({ calls: ids("execve") });
    const event = new Event();
    while (live.next(event));
    const child = spawn("true");
    const ended = new Promise((resolve) => child.on("close", resolve));
    for (let found = false; !found; ) {
      await live.wait();
      while (live.next(event)) found ||= event.type === EventCode.EXECVE_19_X;
    }
    await ended;
    const waiting = live.wait();
    live.close();
    await waiting;
    expect(live.next(event)).toBe(false);
  });

  it("counts discarded events, and reads the rest after detaching", async () => {
    const open = () => {
      const live = new LiveSource({ calls: ids("execve") });
      for (let i = 0; i < 20; i++) spawnSync("true");
      return live;
    };
    const left = open();
    expect(await left.discard()).toBeGreaterThanOrEqual(20);
    expect(await left.discard()).toBe(0);
    left.close();
    const read = open();
    const event = new Event();
    let calls = 0;
    await read.drain(() => {
      while (read.next(event)) if (eventTypes[event.type]?.name === "execve") calls++;
    });
    expect(calls).toBeGreaterThanOrEqual(20);
    spawnSync("true");
    expect(read.waiting).toBe(false);
    read.close();
  });

  it("merges one ring buffer per CPU by time", () => {
    const live = new LiveSource({ calls: allCalls, cpusPerRing: 1 });
    spawnSync("sh", ["-c", "ls -lR /etc >/dev/null & ls -lR /usr/share/doc >/dev/null & wait"]);
    live.want(new Set());
    const event = new Event();
    let first = 0n;
    let last = 0n;
    let worst = 0n;
    const cpus = new Set<number>();
    while (live.next(event)) {
      cpus.add(event.cpu);
      first ||= event.time;
      if (last - event.time > worst) worst = last - event.time;
      last = event.time;
    }
    live.close();
    expect(cpus.size).toBeGreaterThan(0);
    // A timestamp is taken just before space in the ring buffer is reserved. Without merging, time would jump back by
    // the whole duration.
    expect(worst).toBeLessThan((last - first) / 4n);
  });

  it("counts events dropped by a full ring buffer", () => {
    const live = new LiveSource({ calls: allCalls, ringSize: 4096 });
    spawnSync("ls", ["-lR", "/etc"], { stdio: "ignore" });
    const counts = live.counts();
    const event = new Event();
    let events = 0;
    while (live.next(event)) events++;
    live.close();
    expect(counts.lost).toBeGreaterThan(0);
    expect(counts.lost).toBe(counts.ringFull + counts.overShare);
    expect(events).toBeGreaterThanOrEqual(counts.events);
  });

  it("moves events to memory while /proc is read", () => {
    const live = new LiveSource({ calls: allCalls, ringSize: 1 << 18 });
    let rounds = 0;
    live.snapshot({
      machine() {},
      thread() {
        if (rounds++ < 30) spawnSync("sh", ["-c", "for i in 1 2 3 4; do ls -lR /etc; done >/dev/null"]);
      },
      descriptors() {},
      interfaces() {},
      accounts() {},
    });
    live.want(new Set());
    const event = new Event();
    let events = 0;
    let bytes = 0;
    let first = 0n;
    let last = 0n;
    let worst = 0n;
    while (live.next(event)) {
      events++;
      bytes += 16 + event.size;
      first ||= event.time;
      if (last - event.time > worst) worst = last - event.time;
      last = event.time;
    }
    const counts = live.counts();
    live.close();
    expect(events).toBe(counts.events);
    expect(bytes).toBeGreaterThan(1 << 18);
    expect(worst).toBeLessThan((last - first) / 4n);
  });

  it("starts while signals arrive", () => {
    const source = `import { LiveSource } from ${JSON.stringify(join(import.meta.dirname, "live.ts"))}; new LiveSource({ calls: new Set() }).close();`;
    const profiling = ["--cpu-prof", "--cpu-prof-interval=200", `--cpu-prof-dir=${folder}`];
    const child = spawnSync(process.execPath, [...profiling, "--input-type=module", "-e", source], {
      encoding: "utf8",
    });
    expect({ status: child.status, stderr: child.stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("reports missing permissions in one sentence", ({ skip }) => {
    const source = `import { LiveSource } from ${JSON.stringify(join(import.meta.dirname, "live.ts"))}; new LiveSource({ calls: new Set() });`;
    const nobody = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
      uid: 65534,
      gid: 65534,
      encoding: "utf8",
    });
    if (nobody.error !== undefined || nobody.stderr.includes("EACCES")) skip("other users may not read this directory");
    expect(nobody.stderr).toContain(
      "SensorError: Watching system calls requires the capabilities CAP_BPF and CAP_PERFMON: run as root",
    );
  });
});

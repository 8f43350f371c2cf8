import { describe, expect, test } from "vitest";
import { cloneValues, execValues, process, Stage, values } from "../../test/stage.ts";
import { addressText } from "../event/address.ts";
import { EventCode } from "../event/code.ts";
import { container } from "../machine/container-info.ts";
import type { Observed } from "../machine/observed.ts";
import { findField } from "./catalogue.ts";
import { FieldArgumentError, type Scalar, type Value } from "./field.ts";
import { plainPrinting } from "./print.ts";

/** The value of a field, given as it is written in rules. */
function read(event: Observed, text: string): Value | undefined {
  const use = findField(text);
  if (use === undefined) throw new Error(`no field ${text}`);
  return use.field.bind(use.argument)(event);
}

function all(event: Observed, ...texts: string[]): (Value | undefined)[] {
  return texts.map((text) => read(event, text));
}

/** The processes init (1), sshd (10) and bash (100), each the parent of the next. bash runs as alice in /home/alice. */
function stage(): Stage {
  const made = new Stage({}, [
    process(1, 0, { comm: "systemd", exe: "/sbin/init", cloneTime: 0n }),
    process(10, 1, { comm: "sshd", exe: "sshd: alice", args: "-D\0-e\0" }),
    process(100, 10, { comm: "bash", exe: "-bash", cwd: "/home/alice", uid: 1000, gid: 1000, loginuid: 1000, sid: 10 }),
  ]);
  made.machine.accounts(
    [
      { uid: 0, gid: 0, name: "root", home: "/root", shell: "/bin/sh" },
      { uid: 1000, gid: 1000, name: "alice", home: "/home/alice", shell: "/bin/bash" },
    ],
    [{ gid: 1000, name: "staff" }],
  );
  made.machine.interfaces([
    { name: "eth0", address: "\x0a\0\0\x05", netmask: "\xff\xff\xff\0", broadcast: "", linkSpeed: 0n },
  ]);
  return made;
}

const AT_FDCWD = -100;

function openat(at: Stage, fd: number, name: string, flags: number, mode = 0): Observed {
  const named = { fd, dirfd: AT_FDCWD, name, flags, mode, dev: 0xfe00, ino: 77 };
  return at.happen(EventCode.OPENAT_2_X, 100, values(EventCode.OPENAT_2_X, named));
}

function address(ip: readonly number[], port: number): number[] {
  return [...ip, port & 0xff, port >> 8];
}

const CLIENT = address([10, 0, 0, 5], 40_000);
const SERVER = address([1, 2, 3, 4], 443);

function connected(at: Stage): Observed {
  at.happen(EventCode.SOCKET_X, 100, [3, 2, 1, 0, 0]);
  const tuple = Uint8Array.from([2, ...CLIENT, ...SERVER]);
  return at.happen(EventCode.CONNECT_X, 100, [0, tuple, 3, Uint8Array.from([2, ...SERVER])]);
}

describe("an open that succeeds", () => {
  test("has the fields of a file", () => {
    const event = openat(stage(), 3, "notes/a.txt", 0x1001);
    expect(
      all(event, "fd.name", "fd.nameraw", "fd.directory", "fd.filename", "fd.type", "fd.typechar", "fd.num"),
    ).toEqual(["/home/alice/notes/a.txt", "notes/a.txt", "/home/alice/notes", "a.txt", "file", "f", 3]);
    expect(all(event, "fd.dev", "fd.dev.major", "fd.dev.minor", "fd.ino", "fd.l4proto", "fd.cip")).toEqual([
      0xfe00,
      254,
      0,
      77,
      "<NA>",
      undefined,
    ]);
    expect(all(event, "fs.path.name", "fs.path.nameraw", "evt.abspath")).toEqual([
      "/home/alice/notes/a.txt",
      "notes/a.txt",
      "/home/alice/notes/a.txt",
    ]);
  });

  test("has flags and mode", () => {
    const event = openat(stage(), 3, "/tmp/x", 1 | 4 | 0x4000, 0o755);
    expect(all(event, "evt.is_open_read", "evt.is_open_write", "evt.is_open_create", "evt.is_open_exec")).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(all(event, "evt.res", "evt.rawres", "evt.failed", "evt.type", "evt.dir", "evt.category")).toEqual([
      "SUCCESS",
      3,
      false,
      "openat",
      "<",
      "file",
    ]);
  });

  test("has readable parameters", () => {
    const event = openat(stage(), 3, "a", 0x1001, 0o644);
    expect(read(event, "evt.args")).toBe(
      "fd=3(<f>/home/alice/a) dirfd=-100(AT_FDCWD) name=a(/home/alice/a) flags=4097(O_RDONLY|O_CLOEXEC) mode=0644 " +
        "dev=FE00 ino=77",
    );
    expect(all(event, "evt.arg.flags", "evt.arg[0]", "evt.arg.mode", "evt.arg[60]", "evt.arg.pid")).toEqual([
      "O_RDONLY|O_CLOEXEC",
      "<f>/home/alice/a",
      "0644",
      undefined,
      undefined,
    ]);
    expect(all(event, "evt.rawarg.flags", "evt.rawarg.fd", "evt.rawarg.name", "evt.rawarg.pid")).toEqual([
      0x1001,
      3,
      "a",
      undefined,
    ]);
  });
});

describe("an open that fails", () => {
  test("has the requested path", () => {
    const event = openat(stage(), -2, "gone", 1);
    expect(
      all(event, "fd.name", "fd.nameraw", "fd.directory", "fd.filename", "fd.type", "fd.typechar", "fd.num"),
    ).toEqual(["/home/alice/gone", "gone", "/home/alice", undefined, undefined, "f", -1]);
    expect(all(event, "evt.res", "evt.rawres", "evt.failed", "evt.count.error", "evt.count.error.file")).toEqual([
      "ENOENT",
      -2,
      true,
      1,
      1,
    ]);
  });
});

describe("a connection", () => {
  test("has a client and a server, a local and a remote end", () => {
    const event = connected(stage());
    expect(all(event, "fd.name", "fd.type", "fd.l4proto", "fd.sockfamily", "fd.connected", "fd.is_server")).toEqual([
      "10.0.0.5:40000->1.2.3.4:443",
      "ipv4",
      "tcp",
      "ip",
      true,
      false,
    ]);
    expect(all(event, "fd.cip", "fd.sip", "fd.lip", "fd.rip")).toEqual([
      "\x0a\0\0\x05",
      "\x01\x02\x03\x04",
      "\x0a\0\0\x05",
      "\x01\x02\x03\x04",
    ]);
    expect(all(event, "fd.cport", "fd.sport", "fd.lport", "fd.rport", "fd.sproto", "fd.lproto")).toEqual([
      40_000,
      443,
      40_000,
      443,
      "443",
      "40000",
    ]);
  });

  describe("of a process in a container", () => {
    const ID = "0123456789ab";
    const inContainer = (...addresses: [id: string, ip: string][]): Observed => {
      const made = stage();
      for (const [id, ip] of addresses) made.machine.containerTable.put(container({ fullId: id, ip }));
      const event = connected(made);
      event.thread!.containerId = ID;
      return event;
    };

    test.each<[why: string, addresses: [id: string, ip: string][], local: string]>([
      ["the address of the container is local", [[ID, "10.0.0.5"]], "10.0.0.5"],
      [
        "also if it is the server's",
        [
          [ID, "1.2.3.4"],
          ["other", "10.0.0.9"],
        ],
        "10.0.0.5",
      ], // the address of the machine is local, too
      [
        "without an address of its own, that of any container is",
        [
          [ID, ""],
          ["other", "10.0.0.5"],
        ],
        "10.0.0.5",
      ],
      ["without metadata, too", [["other", "10.0.0.5"]], "10.0.0.5"],
      ["of none, no address is local", [[ID, ""]], "1.2.3.4"],
    ])("%s", (_, addresses, local) => {
      const [lip, rip, isServer] = all(inContainer(...addresses), "fd.lip", "fd.rip", "fd.is_server");
      expect(addressText(String(lip))).toBe(local);
      expect(addressText(String(rip))).toBe(local === "1.2.3.4" ? "10.0.0.5" : "1.2.3.4");
      expect(isServer).toBe(addresses.some(([id, ip]) => id === ID && ip === "1.2.3.4"));
    });
  });

  test.each<[field: string, operator: string, operands: Scalar[], holds: boolean]>([
    ["fd.ip", "=", ["\x01\x02\x03\x04"], true],
    ["fd.ip", "=", ["\x01\x02\x03\x05"], false],
    ["fd.ip", "!=", ["\x0a\0\0\x05"], false],
    ["fd.ip", "!=", ["\x7f\0\0\x01"], true],
    ["fd.ip", "in", ["\x7f\0\0\x01", "\x0a\0\0\x05"], true],
    ["fd.ip", "exists", [], true],
    ["fd.net", "=", ["\x01\x02\0\0\x10"], true],
    ["fd.net", "=", ["\x01\x02\x80\0\x11"], false],
    ["fd.net", "!=", ["\x01\x02\0\0\x10"], false],
    ["fd.net", "=", [`${"\0".repeat(16)}\x08`], false],
    ["fd.port", "=", [443], true],
    ["fd.proto", "=", [443], true],
    ["fd.port", "!=", [443], false],
    ["fd.port", "<", [500], true],
    ["fd.port", ">", [50_000], false],
    ["fd.port", "in", [22, 40_000], true],
  ])("%s %s %j matches either end: %s", (field, operator, operands, holds) => {
    const test = findField(field)?.field.test?.(undefined, operator, operands);
    expect(test?.(connected(stage()))).toBe(holds);
  });

  test("rejects unsupported operators", () => {
    const ip = findField("fd.ip")?.field;
    expect(() => ip?.test?.(undefined, "startswith", [""])).toThrow(FieldArgumentError);
  });

  test("has no values for a file", () => {
    const event = openat(stage(), 3, "/etc/hosts", 1);
    expect(findField("fd.port")?.field.test?.(undefined, "!=", [1])?.(event)).toBe(false);
    expect(all(event, "fd.sport", "fd.lip", "fd.sockfamily", "fd.is_server")).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
  });
});

describe("a process", () => {
  test("has a name, arguments, an environment and a directory", () => {
    const at = stage();
    const event = at.happen(
      EventCode.EXECVE_19_X,
      100,
      execValues({ args: "-n\0/etc/shadow\0", tid: 100, pid: 100, ptid: 10, env: "A=1\0HOME= /h \0" }),
    );
    expect(
      all(event, "proc.name", "proc.exe", "proc.args", "proc.args[1]", "proc.args[7]", "proc.cmdline", "proc.exeline"),
    ).toEqual(["cat", "cat", "-n /etc/shadow", "/etc/shadow", "", "cat -n /etc/shadow", "cat -n /etc/shadow"]);
    expect(
      all(event, "proc.env", "proc.env[HOME]", "proc.env[NONE]", "proc.cmdnargs", "proc.cmdlenargs", "proc.cwd"),
    ).toEqual(["A=1 HOME= /h ", "/h", "", 2, 13, "/home/alice/"]);
  });

  test("has ancestors", () => {
    const event = openat(stage(), 3, "/tmp/x", 1);
    expect(
      all(
        event,
        "proc.pname",
        "proc.aname",
        "proc.aname[0]",
        "proc.aname[2]",
        "proc.aname[3]",
        "proc.ppid",
        "proc.apid",
      ),
    ).toEqual(["sshd", "sshd systemd", "bash", "systemd", undefined, 10, 100]);
    expect(
      all(event, "proc.pcmdline", "proc.acmdline", "proc.aargs", "proc.aenv[HOME]", "proc.sname", "proc.loginshellid"),
    ).toEqual(["sshd -D -e", "sshd -D -e systemd", "-D -e ", "/root", "sshd", 100]);
  });

  test("matches any ancestor without a generation", () => {
    const event = openat(stage(), 3, "/tmp/x", 1);
    const any = findField("proc.aname")?.field.any?.(undefined);
    expect(any?.(event, (name) => name === "systemd")).toBe(true);
    expect(any?.(event, (name) => name === "bash")).toBe(false);
    expect(findField("proc.aname[1]")?.field.any?.("1")).toBeUndefined();
  });

  test("whose parents form a loop has a finite number of ancestors", () => {
    const at = new Stage({}, [process(50, 60), process(60, 70), process(70, 60), process(100, 50)]);
    const event = openat(at, 3, "/tmp/x", 1);
    let seen = 0;
    findField("proc.aname")?.field.any?.(undefined)?.(event, () => {
      seen++;
      return seen > 100;
    });
    expect(seen).toBeLessThan(100);
  });

  test("belongs to a user", () => {
    const event = openat(stage(), 3, "/tmp/x", 1);
    expect(
      all(
        event,
        "user.uid",
        "user.name",
        "user.homedir",
        "user.shell",
        "user.loginuid",
        "user.loginname",
        "group.name",
      ),
    ).toEqual([1000, "alice", "/home/alice", "/bin/bash", 1000, "alice", "staff"]);
  });

  test("has no name for a user without an account, except root", () => {
    const at = new Stage({}, [process(100, 1, { uid: 5, gid: 5 })]);
    const event = openat(at, 3, "/tmp/x", 1);
    expect(all(event, "user.name", "user.shell", "user.loginuid", "group.name")).toEqual(["<NA>", "<NA>", -1, "<NA>"]);
  });

  test("has an age if its start was recorded", () => {
    const at = stage();
    const named = { tid: 101, pid: 101, ptid: 100, vtid: 101, vpid: 101, comm: "sh" };
    const event = at.happen(EventCode.CLONE_20_X, 101, cloneValues(0, named));
    at.time += 999_000n;
    expect(read(at.happen(EventCode.GETUID_X, 101, [0]), "proc.duration")).toBe(1_000_000n);
    expect(read(event, "proc.pid.ts")).toBe(1_700_000_000_000_001_000n);
  });
});

describe("an event of an unknown thread", () => {
  test("has no process, user or descriptor", () => {
    const at = new Stage();
    const event = at.happen(EventCode.PROCINFO_E, -1, []);
    event.thread = undefined;
    expect(all(event, "proc.name", "user.name", "fd.name", "proc.aname", "container.id", "thread.cgroups")).toEqual(
      new Array(6).fill(undefined),
    );
    expect(all(event, "evt.is_async", "evt.asynctype", "evt.res", "syscall.type")).toEqual([
      true,
      "procinfo",
      undefined,
      undefined,
    ]);
  });
});

describe("a container", () => {
  const id = "0123456789abcdef".repeat(4);

  test("has only the values of its cgroup", () => {
    const at = new Stage({}, [process(100, 1, { cgroups: `cpuset=/docker/${id}\0` }), process(200, 1)]);
    const event = openat(at, 3, "/tmp/x", 1);
    expect(all(event, "container.id", "container.name", "fd.containername", "thread.cgroup.cpuset")).toEqual([
      id.slice(0, 12),
      undefined,
      `${id.slice(0, 12)}:/tmp/x`,
      `/docker/${id}`,
    ]);
    expect(read(at.happen(EventCode.GETUID_X, 200, [0]), "container.id")).toBe("host");
  });
});

describe("calls with two paths", () => {
  test("have source and target", () => {
    const event = stage().happen(EventCode.RENAMEAT2_X, 100, [0, AT_FDCWD, "a", AT_FDCWD, "/tmp/../b", 0]);
    expect(
      all(event, "fs.path.source", "fs.path.sourceraw", "fs.path.target", "fs.path.targetraw", "fs.path.name"),
    ).toEqual(["/home/alice/a", "a", "/b", "/tmp/../b", undefined]);
    expect(all(event, "evt.abspath.src", "evt.abspath.dst")).toEqual(["/home/alice/a", "/b"]);
  });

  test("have none if they fail", () => {
    const event = stage().happen(EventCode.RENAMEAT2_X, 100, [-1, AT_FDCWD, "a", AT_FDCWD, "b", 0]);
    expect(all(event, "fs.path.source", "fs.path.target")).toEqual([undefined, undefined]);
  });
});

describe("a poll", () => {
  test("lists its descriptors", () => {
    const at = stage();
    connected(at);
    const list = new Uint8Array(22);
    const view = new DataView(list.buffer);
    view.setUint16(0, 2, true);
    view.setBigInt64(2, 3n, true);
    view.setInt16(10, 1, true);
    view.setBigInt64(12, 9n, true);
    view.setInt16(20, 4, true);
    const event = at.happen(EventCode.POLL_X, 100, [1, list, 100]);
    expect(
      all(event, "fdlist.nums", "fdlist.names", "fdlist.cips", "fdlist.sips", "fdlist.cports", "fdlist.sports"),
    ).toEqual(["3,9", "10.0.0.5:40000->1.2.3.4:443,<NA>", "10.0.0.5", "1.2.3.4", "40000", "443"]);
    expect(read(event, "evt.arg.fds")).toBe("3:41 9:?4");
  });
});

describe("meanings of parameters", () => {
  test.each<[what: string, code: number, given: (number | string | Uint8Array | null)[], text: string]>([
    ["users", EventCode.SETRESUID_X, [0, 1000, 0xffffffff, 7], "res=0 ruid=1000(alice) euid=-1(<NONE>) suid=7(<NA>)"],
    [
      "an error",
      EventCode.FCHMOD_X,
      [-13, -1, 0o644],
      "res=-13(EACCES) fd=-1(EPERM) mode=0644(S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR)",
    ],
    ["nothing", EventCode.WRITE_X, [0, null, 1, 0], "res=0 data=NULL fd=1 size=0"],
    ["bytes", EventCode.WRITE_X, [3, Uint8Array.from([65, 0, 66]), 1, 3], "res=3 data=A.B fd=1 size=3"],
    ["a number beyond its signed range", EventCode.WRITE_X, [0, null, 1, 0xffffffff], "res=0 data=NULL fd=1 size=-1"],
  ])("name the values of %s", (_what, code, given, text) => {
    expect(read(stage().happen(code, 100, given), "evt.args")).toBe(text);
  });

  test("a buffer is bytes in conditions, and text in outputs", () => {
    const event = stage().happen(EventCode.WRITE_X, 100, [3, Uint8Array.from([65, 0, 255]), 1, 3]);
    const field = findField("evt.buffer")?.field;
    expect(field?.bind(undefined)(event)).toBe("A\0\xff");
    expect(field?.show?.(undefined, plainPrinting).json(event)).toBe('"A.."');
    expect(field?.show?.(undefined, { base64Buffers: true }).text(event)).toBe("QQD/");
  });
});

describe("time", () => {
  test("is an integer in JSON, and text in outputs", () => {
    const event = stage().happen(EventCode.GETUID_X, 100, [0]);
    const show = (name: string) => findField(name)?.field.show?.(undefined, plainPrinting);
    expect(show("evt.time")?.json(event)).toBe("1700000000000001000");
    expect(show("evt.time.iso8601")?.text(event)).toBe("2023-11-14T22:13:20.000001000+0000");
    expect(show("evt.rawtime.ns")?.text(event)).toBe("000001000");
    expect(show("evt.rawtime.ns")?.json(event)).toBe("1000");
    expect(all(event, "evt.rawtime", "evt.rawtime.s", "evt.reltime")).toEqual([1700000000000001000n, 1700000000n, 0n]);
  });

  test("evt.around matches events near a time", () => {
    const event = stage().happen(EventCode.GETUID_X, 100, [0]);
    const around = findField("evt.around")?.field;
    const near = (time: string) => around?.test?.(time, "=", [2])?.(event);
    expect([near("1700000000001001000"), near("1700000000002001001"), near("1699999999998001000")]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

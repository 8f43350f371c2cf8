import { describe, expect, test } from "vitest";
import { cloneValues, execValues, process, Stage, values } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { CloneFlag, OpenFlag } from "../event/constants.ts";
import { FdKind } from "../event/snapshot.ts";
import {
  environmentValue,
  fdTable,
  mainThread,
  openDescriptorCount,
  otherThreadCount,
  threadCount,
  workingDirectory,
} from "./thread.ts";

const INIT = process(1, 0, { comm: "systemd", exe: "systemd" });
const SHELL = process(100, 1);

function openat(stage: Stage, tid: number, fd: number, name: string, dirfd = -100, flags = 1) {
  return stage.happen(EventCode.OPENAT_2_X, tid, [fd, dirfd, name, flags, 0, 2049, 77]);
}

function exit(stage: Stage, tid: number, reaper = 0) {
  return stage.happen(EventCode.PROCEXIT_1_E, tid, [0, 0, 0, 0, reaper]);
}

/** Passes both events of a fork. */
function fork(stage: Stage, parent: number, child: number, named = {}) {
  stage.happen(
    EventCode.CLONE_20_X,
    parent,
    cloneValues(child, { tid: parent, pid: parent, ptid: 1, vtid: parent, vpid: parent }),
  );
  stage.happen(
    EventCode.CLONE_20_X,
    child,
    cloneValues(0, { tid: child, pid: child, ptid: parent, vtid: child, vpid: child, ...named }),
  );
}

describe("a snapshot", () => {
  test("sets parents, directories, environments and accounts of processes", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    stage.machine.accounts(
      [{ uid: 0, gid: 0, name: "root", home: "/root", shell: "/bin/sh" }],
      [{ gid: 0, name: "wheel" }],
    );
    const { thread } = stage.happen(EventCode.CLOSE_X, 100, [-9, 3]);
    if (thread === undefined) throw new Error("no thread");
    expect([thread.comm, workingDirectory(thread), thread.containerId]).toEqual(["bash", "/root/", ""]);
    expect([environmentValue(thread, "HOME"), environmentValue(thread, "NONE")]).toEqual(["/root", ""]);
    expect([stage.machine.user(thread)?.shell, stage.machine.group(thread)?.name]).toEqual(["/bin/sh", "wheel"]);
    expect([...(stage.thread(1).children ?? [])].map(({ tid }) => tid)).toEqual([100]);
  });

  test("makes this machine the server of connections of a listening port", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const base = { ino: 1n, name: "", flags: 0, mountId: 0, dev: 0, l4: 2, unixSource: 0n, unixDestination: 0n };
    const ends = { sip: "\x7f\0\0\x01", dip: "\x0a\0\0\x02" };
    stage.machine.descriptors(100, [
      { ...base, fd: 3, kind: FdKind.ipv4Server, sip: "\0\0\0\0", dip: "", sport: 80, dport: 0 },
      { ...base, fd: 4, kind: FdKind.ipv4, ...ends, sport: 80, dport: 5000 },
      { ...base, fd: 5, kind: FdKind.ipv4, ...ends, sport: 4000, dport: 22 },
    ]);
    const names = [3, 4, 5].map((fd) => stage.happen(EventCode.CLOSE_X, 100, [-9, fd]).fd?.name);
    expect(names).toEqual(["0.0.0.0:80", "10.0.0.2:5000->127.0.0.1:80", "127.0.0.1:4000->10.0.0.2:22"]);
  });

  test("is the same after import and export", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    for (const tid of [1, 100]) stage.happen(EventCode.CLOSE_X, tid, [-9, 3]);
    const threads: unknown[] = [];
    stage.machine.snapshotTo({
      machine: () => {},
      thread: (record) => threads.push(record),
      descriptors: () => {},
      interfaces: () => {},
      accounts: () => {},
    });
    const own = { exeWritableByUser: false, filename: "", realExepath: "" };
    expect(threads).toEqual([
      { ...INIT, ...own, cwd: "/root/", flags: CloneFlag.NAME_CHANGED | CloneFlag.ACTIVE },
      { ...SHELL, ...own, cwd: "/root/", flags: CloneFlag.NAME_CHANGED | CloneFlag.ACTIVE },
    ]);
  });
});

describe("a clone", () => {
  test.each([
    ["parent first", [100, 200]],
    ["child first", [200, 100]],
  ])("creates one child from the events of both sides: %s", (_name, order) => {
    const stage = new Stage({}, [INIT, SHELL]);
    openat(stage, 100, 3, "/etc/passwd");
    for (const tid of order) {
      const parameters =
        tid === 100
          ? cloneValues(200, { tid, pid: tid, ptid: 1, vtid: tid, vpid: tid })
          : cloneValues(0, { tid, pid: tid, ptid: 100, vtid: tid, vpid: tid });
      stage.happen(EventCode.CLONE_20_X, tid, parameters);
    }
    const child = stage.thread(200);
    expect([child.ptid, child.pid, child.exepath, workingDirectory(child)]).toEqual([
      100,
      200,
      "/usr/bin/bash",
      "/root/",
    ]);
    expect([child.fds.get(3)?.name, environmentValue(child, "PATH"), threadCount(child)]).toEqual([
      "/etc/passwd",
      "/bin",
      1,
    ]);
    expect([...(stage.thread(100).children ?? [])].map(({ tid }) => tid)).toEqual([200]);
  });

  test("of a thread shares the process", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const flags = CloneFlag.THREAD | CloneFlag.FILES | CloneFlag.VM;
    stage.happen(
      EventCode.CLONE_20_X,
      100,
      cloneValues(101, { tid: 100, pid: 100, ptid: 1, vtid: 100, vpid: 100, flags }),
    );
    openat(stage, 101, 5, "notes");
    const thread = stage.thread(101);
    expect([
      mainThread(thread)?.tid,
      threadCount(thread),
      otherThreadCount(thread),
      openDescriptorCount(thread),
    ]).toEqual([100, 2, 1, 1]);
    expect(stage.thread(100).fds.get(5)?.name).toBe("/root/notes");
    stage.happen(EventCode.CHDIR_X, 101, [0, "sub"]);
    expect(workingDirectory(stage.thread(100))).toBe("/root/sub/");
    exit(stage, 101);
    expect([threadCount(stage.thread(100)), stage.machine.threads.get(101)]).toEqual([1, undefined]);
  });

  test.each([
    ["parent", 101, cloneValues(200, { tid: 101, pid: 100, ptid: 1, vtid: 101, vpid: 100 })],
    ["child", 200, cloneValues(0, { tid: 200, pid: 200, ptid: 101, vtid: 200, vpid: 200 })],
  ])(
    "by a thread other than the main thread passes on the environment of the process: event of the %s",
    (_name, tid, parameters) => {
      const stage = new Stage({}, [INIT, SHELL]);
      const flags = CloneFlag.THREAD | CloneFlag.FILES | CloneFlag.VM;
      stage.happen(
        EventCode.CLONE_20_X,
        101,
        cloneValues(0, { tid: 101, pid: 100, ptid: 1, vtid: 101, vpid: 100, flags }),
      );
      stage.happen(EventCode.CLONE_20_X, tid, parameters);
      expect(environmentValue(stage.thread(200), "PATH")).toBe("/bin");
    },
  );

  test.each([
    ["parent first", [200, 201]],
    ["child first", [201, 200]],
  ])("whose child is a sibling passes on the program and descriptors of the creator: %s", (_name, order) => {
    const creator = process(200, 100, { exe: "/tmp/x", exepath: "/tmp/x", comm: "x" });
    const stage = new Stage({ isAlive: () => true }, [INIT, SHELL, creator]);
    openat(stage, 200, 5, "/etc/passwd");
    const flags = CloneFlag.PARENT;
    for (const tid of order) {
      const parameters =
        tid === 200
          ? cloneValues(201, { tid, pid: tid, ptid: 100, vtid: tid, vpid: tid, flags })
          : cloneValues(0, { tid, pid: tid, ptid: 100, vtid: tid, vpid: tid, flags });
      stage.happen(EventCode.CLONE_20_X, tid, parameters);
    }
    const child = stage.thread(201);
    expect([child.ptid, child.exepath, child.fds.get(5)?.name]).toEqual([100, "/tmp/x", "/etc/passwd"]);
  });

  test.each([
    ["the same file keeps its path", 7n, "/usr/sbin/runc"],
    ["another file has an unknown path", 8n, "/"],
  ])("whose child is a sibling on a detached mount: %s", (_name, ino, exepath) => {
    const image = { exe: "runc", comm: "runc" };
    const parent = process(100, 1, { ...image, exepath: "/usr/sbin/runc", exeIno: 7n });
    const child = process(201, 100, { ...image, exepath: "/", exeIno: ino });
    const lookup = (tid: number) => (tid === 201 ? { thread: child, descriptors: [] } : undefined);
    const stage = new Stage({ isAlive: () => true, lookup }, [INIT, parent]);
    const flags = CloneFlag.PARENT;
    const values = { ...image, tid: 201, pid: 201, ptid: 100, vtid: 201, vpid: 201, flags };
    stage.happen(EventCode.CLONE_20_X, 201, cloneValues(0, values));
    expect(stage.thread(201).exepath).toBe(exepath);
  });

  test("in another PID namespace uses the event of the child", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    stage.happen(EventCode.CLONE_20_X, 100, cloneValues(7, { vtid: 100, vpid: 100, flags: CloneFlag.NEWPID }));
    expect(stage.machine.threads.get(7)).toBeUndefined();
  });

  test("does not recreate a child that has exited", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    stage.happen(EventCode.CLONE_20_X, 200, cloneValues(0, { tid: 200, pid: 200, ptid: 100, vtid: 200, vpid: 200 }));
    exit(stage, 200);
    stage.happen(EventCode.CLONE_20_X, 100, cloneValues(200, { tid: 100, pid: 100, vtid: 100, vpid: 100 }));
    expect(stage.machine.threads.get(200)).toBeUndefined();
  });

  test.each([
    ["thread", CloneFlag.THREAD | CloneFlag.FILES | CloneFlag.VM, 100],
    ["sibling", CloneFlag.PARENT, 200],
  ])("does not recreate a %s that has exited on a running machine", (_what, flags, pid) => {
    const stage = new Stage({ isAlive: () => true }, [INIT, SHELL]);
    const child = { tid: 200, pid, ptid: 1, vtid: 200, vpid: pid, flags };
    stage.happen(EventCode.CLONE_20_X, 200, cloneValues(0, child));
    exit(stage, 200);
    const parent = { tid: 100, pid: 100, ptid: 1, vtid: 100, vpid: 100, flags };
    stage.happen(EventCode.CLONE_20_X, 100, cloneValues(200, parent));
    expect([stage.machine.threads.get(200), threadCount(stage.thread(100))]).toEqual([undefined, 1]);
  });

  test("replaces a thread with the same id whose exit was missed", () => {
    const stage = new Stage({}, [INIT, SHELL, process(200, 1, { comm: "old" })]);
    stage.happen(
      EventCode.CLONE_20_X,
      100,
      cloneValues(200, { tid: 100, pid: 100, vtid: 100, vpid: 100, comm: "new" }),
    );
    expect([stage.thread(200).comm, stage.thread(200).ptid, threadCount(stage.thread(200))]).toEqual(["new", 100, 1]);
  });

  test("by an unknown thread adds details about the thread", () => {
    const stage = new Stage({}, [INIT]);
    stage.happen(
      EventCode.CLONE_20_X,
      300,
      cloneValues(301, { tid: 300, pid: 300, ptid: 1, vtid: 300, vpid: 300, comm: "cron" }),
    );
    expect([stage.thread(300).comm, stage.thread(300).ptid, stage.thread(301).ptid]).toEqual(["cron", 1, 300]);
  });
});

describe("an exec", () => {
  test("replaces the image and closes close-on-exec descriptors", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    openat(stage, 100, 3, "/a");
    openat(stage, 100, 4, "/b", -100, 1 | OpenFlag.CLOEXEC);
    const named = {
      pid: 100,
      ptid: 1,
      uid: 1000,
      gid: 1000,
      loginuid: 1000,
      env: "A=1\0",
      cap_effective: 5n,
      flags: 1,
    };
    const { thread } = stage.happen(EventCode.EXECVE_19_X, 100, execValues(named));
    expect([thread?.comm, thread?.args, thread?.exepath, thread?.uid]).toEqual([
      "cat",
      ["/etc/shadow"],
      "/usr/bin/cat",
      1000,
    ]);
    expect([thread?.env, thread?.capEffective, thread?.exeWritable, thread?.lastExecTime]).toEqual([
      ["A=1"],
      5n,
      true,
      stage.time,
    ]);
    expect([thread?.fds.get(3)?.name, thread?.fds.get(4)]).toEqual(["/a", undefined]);
  });

  test("that fails changes nothing", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const { thread } = stage.happen(EventCode.EXECVE_19_X, 100, execValues({ res: -2, pid: 100 }));
    expect([thread?.comm, thread?.exepath]).toEqual(["bash", "/usr/bin/bash"]);
  });

  test("with an invalid result changes nothing", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    openat(stage, 100, 4, "/b", -100, 1 | OpenFlag.CLOEXEC);
    const flags = CloneFlag.THREAD | CloneFlag.FILES;
    stage.happen(EventCode.CLONE_20_X, 100, cloneValues(101, { tid: 100, pid: 100, vtid: 100, vpid: 100, flags }));
    const named = { res: 3, exe: "cat", args: "/etc/shadow\0", comm: "cat", env: "A=1\0", pid: 100 };
    const { thread } = stage.happen(EventCode.EXECVEAT_X, 100, values(EventCode.EXECVEAT_X, named));
    expect([thread?.exe, thread?.comm, thread?.args, thread?.env]).toEqual([
      "bash",
      "bash",
      [],
      ["PATH=/bin", "HOME= /root "],
    ]);
    expect([thread?.fds.get(4)?.name, threadCount(stage.thread(100))]).toEqual(["/b", 2]);
  });

  test("ends the other threads of the process", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const flags = CloneFlag.THREAD | CloneFlag.FILES;
    for (const tid of [101, 102]) {
      stage.happen(EventCode.CLONE_20_X, 100, cloneValues(tid, { tid: 100, pid: 100, vtid: 100, vpid: 100, flags }));
    }
    exit(stage, 100); // exits before the other thread's exec
    stage.happen(EventCode.EXECVE_19_X, 100, execValues({ pid: 100 })); // an exec of another thread
    expect([threadCount(stage.thread(100)), stage.machine.threads.get(101), stage.machine.threads.get(102)]).toEqual([
      1,
      undefined,
      undefined,
    ]);
  });

  test("finds the container in the cgroups", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const cgroups = `cpu=/docker/${"ab".repeat(32)}\0`;
    expect(stage.happen(EventCode.EXECVE_19_X, 100, execValues({ pid: 100, cgroups })).thread?.containerId).toBe(
      "abababababab",
    );
  });

  test("of a deleted file has its original path", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const trusted_exepath = "/tmp/x (deleted)";
    expect(stage.happen(EventCode.EXECVE_19_X, 100, execValues({ pid: 100, trusted_exepath })).thread?.exepath).toBe(
      "/tmp/x",
    );
  });

  test("in an old capture gets its path from the enter event", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    stage.happen(EventCode.EXECVE_19_E, 100, ["../bin/x"]);
    expect(
      stage.happen(EventCode.EXECVE_19_X, 100, execValues({ pid: 100, trusted_exepath: null })).thread?.exepath,
    ).toBe("/bin/x");
  });
});

describe("an exit", () => {
  test("leaves the thread readable until the event is evaluated", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const event = stage.apply(EventCode.PROCEXIT_1_E, 100, [0, 0, 0, 0, 0]);
    expect([event.thread?.comm, stage.thread(100).comm]).toEqual(["bash", "bash"]);
    stage.machine.settle(event);
    expect(stage.machine.threads.get(100)).toBeUndefined();
  });

  test("passes the children to the reaper in the event", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    fork(stage, 100, 200);
    fork(stage, 200, 300);
    exit(stage, 200, 1);
    expect([stage.thread(300).ptid, [...(stage.thread(1).children ?? [])].map(({ tid }) => tid)]).toEqual([
      1,
      [100, 300],
    ]);
  });

  test("passes the children to the nearest subreaper if the event has no reaper", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    stage.happen(EventCode.PRCTL_X, 100, [0, 36, "", 1]);
    fork(stage, 100, 200);
    fork(stage, 200, 300);
    exit(stage, 200);
    expect(stage.thread(300).ptid).toBe(100);
  });

  test("of the main thread does not remove it while other threads are running", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const flags = CloneFlag.THREAD | CloneFlag.FILES;
    stage.happen(EventCode.CLONE_20_X, 100, cloneValues(101, { tid: 100, pid: 100, vtid: 100, vpid: 100, flags }));
    exit(stage, 100);
    expect(mainThread(stage.thread(101))?.comm).toBe("bash");
    exit(stage, 101);
    expect([stage.machine.threads.get(100), stage.machine.threads.get(101)]).toEqual([undefined, undefined]);
  });
});

describe("descriptors", () => {
  test("have names relative to the working directory or to a directory descriptor", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    expect(openat(stage, 100, 3, "x/../y").fd?.name).toBe("/root/y");
    openat(stage, 100, 4, "/etc", -100, OpenFlag.DIRECTORY);
    const event = openat(stage, 100, 5, "passwd", 4);
    expect([event.fd?.name, event.fd?.rawName, event.fdNum, event.fd?.ino, event.fd?.dev]).toEqual([
      "/etc/passwd",
      "passwd",
      5,
      77,
      2049,
    ]);
    expect(openat(stage, 100, 6, "passwd", 99).fd?.name).toBe("<UNKNOWN>passwd");
  });

  test("have no descriptor if the open failed", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const event = openat(stage, 100, -2, "/none");
    expect([event.fd, event.fdNum, event.fdNameChanged]).toEqual([undefined, -1, false]);
  });

  test("are removed after a successful close was evaluated", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    openat(stage, 100, 3, "/a");
    stage.happen(EventCode.CLOSE_X, 100, [-9, 3]);
    const event = stage.apply(EventCode.CLOSE_X, 100, [0, 3]);
    expect([event.fd?.name, event.fdNum]).toEqual(["/a", 3]);
    stage.machine.settle(event);
    expect(stage.happen(EventCode.CLOSE_X, 100, [-9, 3]).fd).toBeUndefined();
  });

  test("of a duplicate are separate, and close-on-exec is not copied", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    openat(stage, 100, 3, "/a", -100, 2 | OpenFlag.CLOEXEC);
    const event = stage.happen(EventCode.DUP2_X, 100, [1, 3, 1]);
    expect([event.fd?.name, event.fdNum, event.fd?.openFlags, event.fdNameChanged]).toEqual(["/a", 1, 2, false]);
    expect(stage.thread(100).flags & CloneFlag.PIPE_SRC).not.toBe(0);
    stage.happen(EventCode.FCNTL_X, 100, [0, 1, 3, 1n]);
    expect(stage.thread(100).fds.get(1)?.openFlags).toBe(2 | OpenFlag.CLOEXEC);
  });

  test("in a range are closed together", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    for (const fd of [3, 4, 300]) openat(stage, 100, fd, `/${fd}`);
    stage.happen(EventCode.CLOSE_RANGE_X, 100, [0, 4, 0xffffffff, 0]);
    expect([...stage.thread(100).fds.entries()].map(([fd]) => fd)).toEqual([3]);
  });

  describe.each([
    ["close_range", (stage: Stage, tid: number) => stage.happen(EventCode.CLOSE_RANGE_X, tid, [0, 3, 3, 2])],
    ["unshare", (stage: Stage, tid: number) => stage.happen(EventCode.UNSHARE_X, tid, [0, CloneFlag.FILES])],
  ])("that a thread has copied with %s and then closes", (_call, unshare) => {
    const flags = CloneFlag.THREAD | CloneFlag.FILES;
    const open = (isLive: boolean) => {
      const threads = [INIT, SHELL, process(101, 1, { pid: 100, flags }), process(102, 1, { pid: 100, flags })];
      const stage = new Stage(isLive ? { isAlive: () => true } : {}, threads);
      openat(stage, 100, 3, "/etc/passwd");
      return stage;
    };
    const opens = (stage: Stage) => [100, 101, 102].map((tid) => fdTable(stage.thread(tid))?.get(3)?.name);
    const closed = (stage: Stage, tid: number) => {
      unshare(stage, tid);
      stage.happen(EventCode.CLOSE_RANGE_X, tid, [0, 3, 3, 0]);
      return opens(stage);
    };

    test.each([
      [101, ["/etc/passwd", undefined, "/etc/passwd"]],
      [100, [undefined, "/etc/passwd", "/etc/passwd"]],
    ])("remain open for the other threads: %i", (tid, expected) => {
      const stage = open(true);
      expect(closed(stage, tid)).toEqual(expected);
      openat(stage, 102, 3, "/etc/group");
      expect(opens(stage)[2]).toBe("/etc/group");
    });

    test("are also closed for the other threads in captures, as in Falco", () => {
      expect(closed(open(false), 101)).toEqual([undefined, undefined, undefined]);
    });
  });

  test("of pipes, memfds, pidfds and epoll have their kinds", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    const pipe = stage.happen(EventCode.PIPE2_X, 100, [0, 3, 4, 99, 0]);
    expect([pipe.fd?.kind, pipe.fdNum, pipe.fd?.ino]).toEqual([FdKind.fifo, 4, 99]);
    expect(stage.happen(EventCode.MEMFD_CREATE_X, 100, [5, "x", 1]).fd?.name).toBe("x");
    expect(stage.happen(EventCode.PIDFD_OPEN_X, 100, [6, 1, 0]).fd?.name).toBe("/proc/1");
    expect(stage.happen(EventCode.EPOLL_CREATE1_X, 100, [7, 1]).fd?.kind).toBe(FdKind.eventpoll);
  });
});

describe.each([0, 201])("the clone of an unknown process, with the result %d", (res) => {
  const runc = { exe: "runc", comm: "runc", exepath: "/usr/sbin/runc" };
  const [tid, parent] = res === 0 ? [201, 200] : [200, 1];
  const named = { exe: "runc", comm: "runc", tid, pid: tid, ptid: parent, vtid: tid, vpid: tid };
  /** The executable of the child, whose parent has exited. */
  function executableOf(child: object): string {
    const lookup = (wanted: number) =>
      wanted === 201 ? { thread: process(201, 200, child), descriptors: [] } : undefined;
    const stage = new Stage({ lookup }, [INIT]);
    stage.happen(EventCode.CLONE_20_X, tid, cloneValues(res, named));
    return stage.thread(201).exepath;
  }

  test("reads the executable of the child", () => {
    expect(executableOf(runc)).toBe("/usr/sbin/runc");
  });

  test("does not read the executable if the child has since executed another program", () => {
    expect(executableOf({ exe: "sh", comm: "sh", exepath: "/bin/sh" })).toBe("");
  });
});

describe("an unknown thread", () => {
  test("gets an entry, but no parent and no process", () => {
    const stage = new Stage({}, [INIT]);
    const { thread } = openat(stage, 500, 3, "/a");
    expect([thread?.comm, thread?.pid, thread?.group, thread?.fds.get(3)?.name]).toEqual(["<NA>", -1, undefined, "/a"]);
  });

  test("is read from a live machine", () => {
    const stage = new Stage(
      { lookup: (tid) => (tid === 500 ? { thread: process(500, 1, { comm: "found" }), descriptors: [] } : undefined) },
      [INIT],
    );
    expect(openat(stage, 500, 3, "a").fd?.name).toBe("/root/a");
    expect([stage.thread(500).comm, stage.thread(500).ptid]).toEqual(["found", 1]);
  });

  test("is not stored beyond the limit", () => {
    const stage = new Stage({ maxThreads: 3 }, [INIT]);
    for (let tid = 10; tid < 20; tid++) openat(stage, tid, 3, "/a");
    expect([stage.machine.threads.size, stage.event.thread]).toEqual([3, undefined]);
  });

  test("is removed early if no more threads can be stored, but not repeatedly", () => {
    const stage = new Stage({ isAlive: () => true, maxThreads: 4 }, [INIT, SHELL]);
    const isStored = (tid: number) => openat(stage, tid, 3, "/a").thread !== undefined;
    expect([500, 501, 600, 700].map(isStored)).toEqual([true, true, true, false]);
    stage.time += 31_000_000_000n;
    expect([700, 700].map(isStored)).toEqual([false, true]);
  });

  test("is removed after some time on a live machine", () => {
    const stage = new Stage({ isAlive: () => true }, [INIT, SHELL]);
    openat(stage, 500, 3, "/a");
    stage.time += 31_000_000_000n;
    openat(stage, 100, 3, "/a");
    expect([stage.machine.threads.get(500), stage.machine.threads.get(100) === undefined]).toEqual([undefined, false]);
  });
});

describe("attributes", () => {
  test("follow the calls that set them", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    stage.happen(EventCode.SETRESUID_X, 100, [0, 5, 6, 7]);
    stage.happen(EventCode.SETGID_X, 100, [0, 8]);
    stage.happen(EventCode.SETSID_X, 100, [42]);
    stage.happen(EventCode.CAPSET_X, 100, [0, 1n, 2n, 3n]);
    stage.happen(EventCode.SETRLIMIT_X, 100, values(EventCode.SETRLIMIT_X, { res: 0, cur: 9, max: 9, resource: 7 }));
    stage.happen(EventCode.CHROOT_X, 100, [0, "jail"]);
    const { uid, gid, sid, capInheritable, capPermitted, capEffective, fdlimit, root } = stage.thread(100);
    expect([uid, gid, sid, capInheritable, capPermitted, capEffective, fdlimit, root]).toEqual([
      6,
      8,
      42,
      1n,
      2n,
      3n,
      9,
      "/root/jail",
    ]);
    stage.happen(EventCode.UNSHARE_X, 100, [0, CloneFlag.NEWUSER]);
    expect(stage.thread(100).capEffective).toBe((1n << 41n) - 1n);
  });

  test("chroot on a running machine changes the root of all threads, also after a chroot or a moved mount", () => {
    let root: string | undefined;
    const isAlive = () => true;
    const lookup = (tid: number) =>
      root === undefined ? undefined : { thread: process(tid, 1, { root }), descriptors: [] };
    const stage = new Stage({ isAlive, lookup }, [INIT, SHELL, process(101, 1, { pid: 100 })]);
    const roots = (path: string) => {
      stage.happen(EventCode.CHROOT_X, 101, [0, path]);
      return [stage.thread(100).root, stage.thread(101).root];
    };
    stage.happen(EventCode.SYMLINK_X, 1, [0, "/", "/tmp/link"]);
    expect(roots("/tmp/link/.")).toEqual(["/", "/"]);
    expect(roots("/srv")).toEqual(["/srv", "/srv"]);
    expect(roots("/jail")).toEqual(["/srv/jail", "/srv/jail"]);
    root = "/";
    expect(roots(".")).toEqual(["/", "/"]);
  });

  test("-1 leaves an ID unchanged on a running machine", () => {
    const stage = new Stage({ isAlive: () => true }, [INIT, SHELL]);
    stage.happen(EventCode.SETRESUID_X, 100, [0, 5, 0xffffffff, 7]);
    stage.happen(EventCode.SETREUID_X, 100, [0, 5, 0xffffffff]);
    stage.happen(EventCode.SETREGID_X, 100, [0, 5, 0xffffffff]);
    expect([stage.thread(100).uid, stage.thread(100).gid]).toEqual([0, 0]);
  });

  test("do not change if a call failed", () => {
    const stage = new Stage({}, [INIT, SHELL]);
    stage.happen(EventCode.SETUID_X, 100, [-1, 5]);
    stage.happen(EventCode.CHDIR_X, 100, [-2, "/tmp"]);
    expect([stage.thread(100).uid, workingDirectory(stage.thread(100))]).toEqual([0, "/root/"]);
  });

  test("accounts are added and removed by their events", () => {
    const stage = new Stage({}, [INIT]);
    stage.happen(EventCode.USER_ADDED_E, -1, [1000, 1000, "alice", "/home/alice", "/bin/sh", ""]);
    stage.happen(EventCode.USER_ADDED_E, -1, [1000, 1000, "box", "/", "/bin/sh", "abababababab"]);
    expect([
      stage.machine.accountTable.user("", 1000)?.name,
      stage.machine.accountTable.user("abababababab", 1000)?.name,
    ]).toEqual(["alice", "box"]);
    stage.happen(EventCode.USER_DELETED_E, -1, [1000, 1000, "alice", "", "", ""]);
    expect(stage.machine.users.get(1000)).toBeUndefined();
  });
});

test("damaged events and events of other recorders change nothing and cause no exception", () => {
  const stage = new Stage({}, [INIT, SHELL]);
  for (let code = 0; code < 454; code++) {
    stage.happen(code, 100, []);
    stage.happen(code, 4711, []);
  }
  expect(stage.machine.threads.size).toBeGreaterThan(1);
});

test("on a running machine, an unknown descriptor replaces the known descriptor over which it is duplicated", () => {
  const stage = new Stage({ isAlive: () => true }, [INIT, SHELL]);
  openat(stage, 100, 0, "/dev/null");
  stage.happen(EventCode.DUP2_X, 100, [0, 77, 0]);
  expect(stage.thread(100).fds.get(0)).toBeUndefined();
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { Event } from "../../../event/event.ts";
import { syscallId } from "../../../event/syscalls.ts";
import { eventTypes } from "../../../event/types.ts";
import { LiveSource } from "../live.ts";
import { watchedBytes } from "../watched/table.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-portable-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Calls with all kinds of parameters, also ones that fail. */
const PROGRAM = `
import ctypes, fcntl, mmap, os, select, signal, socket, struct, sys, time
call = ctypes.CDLL(None, use_errno=True).syscall
os.chdir(sys.argv[1])
os.mkdir("d", 0o750)
fd = os.open("d/file", os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o640)
os.write(fd, b"x" * 5000)
os.pwrite(fd, b"other", 10)
os.lseek(fd, 0, 0)
os.read(fd, 100)
os.writev(fd, [b"ab", b"cdef"])
os.preadv(fd, [bytearray(7), bytearray(9)], 3)
fcntl.flock(fd, fcntl.LOCK_EX)
os.ftruncate(fd, 100)
os.chmod("d/file", 0o4711)
os.chown("d/file", 0, 0)
os.link("d/file", "d/hard")
os.symlink("file", "d/soft")
os.rename("d/hard", "d/moved")
for path in ["/etc/passwd", "d/soft", "/proc/self/status", "/sys/kernel/uevent_seqnum", "absent"]:
    try: os.close(os.open(path, os.O_RDONLY))
    except OSError: pass
memory = mmap.mmap(fd, 100, prot=mmap.PROT_READ)
anonymous = mmap.mmap(-1, 8192)
r, w = os.pipe()
a, b = socket.socketpair()
a.sendmsg([b"hello", b"there"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", r))])
b.recvmsg(100, 100)
poll = select.poll(); poll.register(b, select.POLLIN); poll.register(w, select.POLLOUT); poll.poll(0)
for family, address in [(socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET6, ("::1", 0))]:
    try:
        server = socket.socket(family); server.bind(address); server.listen(3)
        client = socket.socket(family); client.connect(server.getsockname())
        server.accept()[0].send(b"reply"); client.recv(10)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("qq", 3, 5))
        client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except OSError: pass
named = socket.socket(socket.AF_UNIX); named.bind("sock"); named.listen(); other = socket.socket(socket.AF_UNIX); other.connect("sock")
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.sendto(b"question", ("127.0.0.1", 53))
for number, arguments in [
    (157, (15, b"renamed", 0, 0, 0)), (101, (0x4206, 999999, 0, 0)), (250, (6, 1, b"keyring", b"text", 0)), (179, (0x80000200, b"/dev/none", 0, 0)),
    (425, (0, 0)), (317, (1, 0, 0)), (126, (0, 0)), (160, (7, 0)), (302, (0, 7, 0, b" " * 16)), (64, (1234, 1, 0o600)), (321, (99, 0, 0)),
    (437, (-100, b"/etc/hosts", b"\\0" * 24, 24)), (319, (b"memory", 1)), (54, (5, 1, 2, b"1234", 4)), (10, (0, 4096, 5)), (165, (b"none", b"/absent", b"tmpfs", 1, 0)),
    (35, (struct.pack("qq", 0, 1000), 0)), (313, (99, b"options", 0)), (175, (b"image", 5, b"")), (304, (99, b"handle12", 0)), (434, (1, 0)), (305, (0, 0)),
]: call(number, *arguments)
child = os.fork()
if child == 0:
    os.setsid()
    os.setuid(65534)
    os._exit(3)
os.waitpid(child, 0)
if os.fork() == 0:
    os.execve("/bin/sh", ["sh", "-c", "exec /bin/true; exit 1"], {"SOME": "environment", "OTHER": "1"})
os.wait()
child = os.fork()
if child == 0:
    time.sleep(60)
os.kill(child, signal.SIGKILL)
os.wait()
`;

interface Told {
  readonly tid: number;
  readonly name: string;
  /** Parameters in hexadecimal, by name. */
  readonly params: Readonly<Record<string, string>>;
}

/** Memory use, which can change between two probes on the same event. */
const CHANGING: ReadonlySet<string> = new Set(["vm_size", "vm_rss", "vm_swap", "pgft_maj", "pgft_min"]);

function eventsOf(live: LiveSource): Told[] {
  live.want(new Set());
  const events: Told[] = [];
  const event = new Event();
  while (live.next(event)) {
    const type = eventTypes[event.type];
    const params: Record<string, string> = {};
    for (let i = 0; i < event.count; i++) {
      const name = type?.params[i]?.name ?? `own ${i}`;
      if (!CHANGING.has(name)) params[name] = Buffer.from(event.raw(i), "latin1").toString("hex");
    }
    events.push({ tid: event.tid, name: type?.name ?? "", params });
  }
  return events;
}

/** Returns the events of a process and of the processes that it started, in the order of each thread. */
function ofProcess(events: readonly Told[], pid: number): Told[] {
  const id = (hex = ""): number => (hex === "" ? -1 : Buffer.from(hex, "hex").readInt32LE());
  const pids = new Set([pid]);
  for (const { tid, params } of events) if (pids.has(id(params.ptid))) pids.add(tid);
  return events.filter(({ tid }) => pids.has(tid)).sort((a, b) => a.tid - b.tid);
}

describe("the portable probe", needs("sensor", "python3"), () => {
  it("records the same bytes as the usual probe", () => {
    const calls = new Set(syscallId.values());
    for (const name of ["switch", "page_fault_user", "page_fault_kernel", "sched_switch", "signal_deliver"])
      calls.delete(syscallId.get(name) ?? -1);
    const { bytes: watched } = watchedBytes({ every: true, names: [], objects: [] });
    const options = { calls, watched, ringSize: 128 * 1024 * 1024 };
    const usual = new LiveSource(options);
    process.env.EYAS_PROBE = "portable";
    const portable = new LiveSource(options);
    delete process.env.EYAS_PROBE;
    try {
      expect([usual, portable].map(({ probe }) => probe.variant.kind)).toEqual(["usual", "portable"]);
      const path = join(folder, "program.py");
      writeFileSync(path, PROGRAM);
      const { pid, stderr } = spawnSync("python3", [path, folder], { encoding: "utf8", timeout: 60_000 });
      expect(stderr).toBe("");
      const [first, second] = [usual, portable].map((live) => ofProcess(eventsOf(live), pid));
      expect(first!.length).toBeGreaterThan(300);
      expect(second).toEqual(first);
    } finally {
      usual.close();
      portable.close();
    }
  });
});

/**
 * Raw system calls of the drill. Each runs in a separate process: `node call.ts NAME ARGUMENT…`. The exit code is 1,
 * with an error message, if the preparation or a call that must succeed fails. Otherwise it is 0, even if the kernel
 * rejects the call.
 */
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, Socket } from "node:net";
import { dirname } from "node:path";
import koffi from "koffi";

const libc = koffi.load(null);
const dup2 = libc.func("int dup2(int from, int to)");
const socket = libc.func("int socket(int family, int type, int protocol)");
const ioctl = libc.func("int ioctl(int fd, unsigned long request, void *argument)");
const unshare = libc.func("int unshare(int what)");
const mount = libc.func(
  "int mount(const char *what, const char *where, const char *type, unsigned long flags, const char *options)",
);
const memfdCreate = libc.func("int memfd_create(const char *name, unsigned int flags)");
const mmap = libc.func("void *mmap(void *at, size_t length, int protection, int flags, int fd, long offset)");
const setxattr = libc.func("int setxattr(const char *path, const char *name, void *value, size_t size, int flags)");
const setsockopt = libc.func("int setsockopt(int fd, int level, int option, void *value, unsigned int size)");
const eventfd = libc.func("int eventfd(unsigned int value, int flags)");
const setuid = libc.func("int setuid(unsigned int uid)");
const setns = libc.func("int setns(int fd, int kind)");
const prctl = libc.func("int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)");
const ptrace = libc.func("long ptrace(long request, long pid, long address, long data)");
const bpf = libc.func("long syscall(long number, long command, void *attributes, unsigned int size)");
const call6 = libc.func("long syscall(long number, long a, long b, long c, long d, long e, long f)");
const syscall = libc.func("long syscall(long number, void *a, long b, const char *c)");
const ioUringSetup = libc.func("long syscall(long number, unsigned int entries, void *parameters)");
const fcntl = libc.func("int fcntl(int fd, int command, int flags)");
const recv = libc.func("long recv(int fd, void *buffer, size_t size, int flags)");

/** `struct sock_filter` and `struct sock_fprog` (include/uapi/linux/filter.h). */
koffi.struct("sock_filter", { code: "uint16", jt: "uint8", jf: "uint8", k: "uint32" });
koffi.struct("sock_fprog", { len: "uint16", filter: "sock_filter *" });
const attachFilter = libc.func("int setsockopt(int fd, int level, int option, sock_fprog *program, unsigned int size)");

const AF_INET = 2;
const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ATTACH_FILTER = 26;
/** BPF_RET | BPF_K (include/uapi/linux/bpf_common.h): the packet is accepted with `k` bytes. */
const BPF_RET_K = 6;
const CLONE_NEWNS = 0x00020000;
const CLONE_NEWUTS = 0x04000000;
const CLONE_NEWUSER = 0x10000000;
const CLONE_NEWPID = 0x20000000;
const CLONE_NEWNET = 0x40000000;
const MS_REC = 0x4000;
const MS_BIND = 0x1000;
const MS_PRIVATE = 0x40000;
const PTRACE_TRACEME = 0;
const PTRACE_SEIZE = 0x4206;
const SIOCSIFADDR = 0x8916;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP_RUNNING = 0x41;
const DNS = 53;
const TIOCSPTLCK = 0x40045431;
const TIOCGPTN = 0x80045430;
const F_SETFL = 4;
const PR_SET_DUMPABLE = 4;
const PR_CAPBSET_DROP = 24;
/** Numbers of capabilities (include/uapi/linux/capability.h). The kernel rejects other numbers. */
const CAPABILITIES: Readonly<Record<string, number>> = { CAP_CHOWN: 0, CAP_NET_ADMIN: 12 };
const HIGHEST_CAPABILITY = 63;

type Numbers = Partial<Record<NodeJS.Architecture, number>>;
const NUMBER_OF_INIT_MODULE: Numbers = { x64: 175, arm64: 105 };
const NUMBER_OF_PROCESS_VM_READV: Numbers = { x64: 310, arm64: 270 };
const NUMBER_OF_REBOOT: Numbers = { x64: 169, arm64: 142 };
const NUMBER_OF_GETPPID: Numbers = { x64: 110, arm64: 173 };
const NUMBER_OF_USERFAULTFD: Numbers = { x64: 323, arm64: 282 };
/** Numbers of system calls and flags that are the same on every architecture. */
const IO_URING_SETUP = 425;
const PIDFD_OPEN = 434;
const PIDFD_GETFD = 438;
const UFFD_USER_MODE_ONLY = 1;
/** Size of `struct io_uring_params` in bytes. */
const IO_URING_PARAMS = 120;
const PROT_READ = 1;
const PROT_EXEC = 4;
const MAP_PRIVATE = 2;
const PAGE = 4096;
/** `struct vfs_cap_data` of version 2, which permits CAP_NET_BIND_SERVICE. */
const CAPABILITY_DATA = [0, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const NUMBER_OF_BPF: Numbers = { x64: 321, arm64: 280 };

/** Returns the number of a system call on the architecture of this machine. */
function numberOf(numbers: Numbers, call: string): number {
  const number = numbers[process.arch];
  if (number === undefined) throw new Error(`the number of ${call} on ${process.arch} is unknown`);
  return number;
}

/** Throws an error if a system call that must succeed failed. */
function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what}: error ${koffi.errno()}`);
  return result;
}

/** Opens a connection. @returns its descriptor number and a function that closes it */
function connected(host: string, port: number): Promise<{ fd: number; end: () => void }> {
  return new Promise((resolve, reject) => {
    const peer = connect({ host, port });
    peer.once("error", reject);
    peer.once("connect", () => {
      try {
        resolve({ fd: descriptorOf(peer), end: () => peer.destroy() });
      } catch (error) {
        reject(error);
      }
    });
  });
}

function descriptorOf(peer: Socket): number {
  const handle: unknown = Reflect.get(peer, "_handle");
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  if (typeof fd !== "number") throw new Error("the connection has no descriptor number");
  return fd;
}

/** `struct ifreq` of the loopback interface. `fill` writes an address or flags to its second half. */
function loopbackRequest(fill: (request: Buffer) => void): Buffer {
  const request = Buffer.alloc(128);
  request.write("lo");
  fill(request);
  return request;
}

/** Moves this process to a new network namespace whose loopback interface has the given address. */
function moveApart(address: string): void {
  must(unshare(CLONE_NEWNET), "a network namespace");
  const control = must(socket(AF_INET, SOCK_DGRAM, 0), "a socket");
  const asAddress = loopbackRequest((request) => {
    request.writeUInt16LE(AF_INET, 16);
    request.set(address.split(".").map(Number), 20);
  });
  must(ioctl(control, SIOCSIFADDR, asAddress), "an address");
  must(
    ioctl(
      control,
      SIOCSIFFLAGS,
      loopbackRequest((request) => void request.writeUInt16LE(IFF_UP_RUNNING, 16)),
    ),
    "the loopback interface",
  );
  closeSync(control);
}

/** A DNS query for the IPv4 addresses of a name (RFC 1035). */
function dnsQuestion(name: string): Buffer {
  const labels = name.split(".").flatMap((label) => [Buffer.of(label.length), Buffer.from(label)]);
  const header = Buffer.from("1db601000001000000000000", "hex");
  return Buffer.concat([header, ...labels, Buffer.from("0000010001", "hex")]);
}

/** Moves this process to a mount namespace whose mounts no other process sees. */
function moveMountsApart(): void {
  must(unshare(CLONE_NEWNS), "a mount namespace");
  must(mount("none", "/", "none", MS_REC | MS_PRIVATE, null), "a private mount");
}

/** Writes a file on an empty file system that only this process sees, mounted on a directory. */
function writeApart(directory: string, file: string): void {
  moveMountsApart();
  must(mount("tmpfs", directory, "tmpfs", 0, null), "a tmpfs");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "# eyas drill\n");
}

/** Opens a new terminal, which exists until this process ends. @returns its path */
function newTerminal(): string {
  const master = openSync("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY);
  const number = Buffer.alloc(64);
  must(ioctl(master, TIOCSPTLCK, number), "a terminal");
  must(ioctl(master, TIOCGPTN, number), "a terminal");
  return `/dev/pts/${number.readUInt32LE(0)}`;
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}

const CALLS: Readonly<Record<string, (args: readonly string[]) => void | Promise<void>>> = {
  /** HOST PORT: opens a TCP connection. */
  connect: async ([host = "", port]) => (await connected(host, Number(port))).end(),

  /**
   * ADDRESS PORT: opens a TCP connection in a network namespace in which the address is local. No process listens on
   * the port.
   */
  "connect-apart": async ([address = "", port]) => {
    moveApart(address);
    await connected(address, Number(port)).then(
      (connection) => connection.end(),
      () => undefined,
    );
  },

  /** PORT NUMBER…: opens a TCP connection and duplicates its descriptor to each number. */
  "connect-and-dup": async ([port, ...numbers]) => {
    const connection = await connected("127.0.0.1", Number(port));
    for (const number of numbers) must(dup2(connection.fd, Number(number)), "dup2");
    connection.end();
  },

  /** packet|inet: opens a socket and closes it. */
  socket: ([family]) => {
    const fd = family === "packet" ? socket(AF_PACKET, SOCK_RAW, 0) : socket(AF_INET, SOCK_DGRAM, 0);
    if (fd >= 0) closeSync(fd);
  },

  /** PROGRAM ARGUMENT…: runs a program with a new terminal. */
  terminal: (argv) => {
    const path = newTerminal();
    // The first terminal that a session leader opens becomes its controlling terminal.
    const script = `exec < ${path} > ${path} 2>&1; exec "$@"`;
    return ended(spawn("/bin/sh", ["-c", script, "sh", ...argv], { detached: true, stdio: "ignore" }));
  },

  /** PID: attaches to a process. The kernel detaches it when this process ends. */
  "ptrace-seize": ([pid]) => {
    must(ptrace(PTRACE_SEIZE, Number(pid), 0, 0), "ptrace");
  },

  "ptrace-me": () => {
    must(ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
  },

  /** PROGRAM: runs a copy of the program from a memfd. */
  "run-from-memory": ([program = ""]) => {
    const fd = must(memfdCreate("eyas-drill", 0), "memfd_create");
    writeFileSync(fd, readFileSync(program));
    return ended(spawn(`/proc/${process.pid}/fd/${fd}`, [], { stdio: "ignore" }));
  },

  /** FILE [removed]: opens a program, removes its file if the second argument is set, and runs the open file. */
  "run-open-file": ([file = "", removed]) => {
    const fd = openSync(file, "r");
    if (removed !== undefined) unlinkSync(file);
    return ended(spawn(`/proc/${process.pid}/fd/${fd}`, [], { stdio: "ignore" }));
  },

  /** Runs a script that does nothing from a memfd with sh. */
  "script-from-memory": () => {
    const fd = must(memfdCreate("eyas-drill", 0), "memfd_create");
    writeFileSync(fd, "# nothing\n");
    return ended(spawn("sh", [`/proc/${process.pid}/fd/${fd}`], { stdio: "ignore" }));
  },

  /** code|data: maps a memory file with or without execute permission. */
  "map-memory": ([kind]) => {
    const fd = must(memfdCreate("eyas-drill", 0), "memfd_create");
    writeFileSync(fd, Buffer.alloc(PAGE));
    mmap(null, PAGE, PROT_READ | (kind === "code" ? PROT_EXEC : 0), MAP_PRIVATE, fd, 0);
  },

  /** PID|self: calls process_vm_readv without a buffer. */
  "read-memory": ([pid]) => {
    const number = numberOf(NUMBER_OF_PROCESS_VM_READV, "process_vm_readv");
    must(call6(number, pidOf(pid), 0, 0, 0, 0, 0), "process_vm_readv");
  },

  /** PID|self: copies standard input of a process. */
  "copy-descriptor": ([pid]) => {
    const pidfd = must(call6(PIDFD_OPEN, pidOf(pid), 0, 0, 0, 0, 0), "pidfd_open");
    closeSync(must(call6(PIDFD_GETFD, pidfd, 0, 0, 0, 0, 0), "pidfd_getfd"));
  },

  /** filter|reuse: attaches a filter to a UDP socket, or sets another option. */
  "socket-option": ([option]) => {
    const fd = must(socket(AF_INET, SOCK_DGRAM, 0), "a socket");
    const program = { len: 1, filter: [{ code: BPF_RET_K, jt: 0, jf: 0, k: 0xffff }] };
    if (option === "filter") must(attachFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, 16), "setsockopt");
    else must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, Buffer.of(1, 0, 0, 0), 4), "setsockopt");
    closeSync(fd);
  },

  /** Calls reboot without its magic numbers, which the kernel rejects (EINVAL; EPERM without CAP_SYS_BOOT). */
  reboot: () => {
    call6(numberOf(NUMBER_OF_REBOOT, "reboot"), 0, 0, 0, 0, 0, 0);
  },

  getppid: () => {
    call6(numberOf(NUMBER_OF_GETPPID, "getppid"), 0, 0, 0, 0, 0, 0);
  },

  userfaultfd: () => {
    const number = numberOf(NUMBER_OF_USERFAULTFD, "userfaultfd");
    const fd = call6(number, UFFD_USER_MODE_ONLY, 0, 0, 0, 0, 0);
    // The rule matches the attempt even if the kernel does not permit the call.
    if (fd >= 0) closeSync(fd);
  },

  eventfd: () => {
    closeSync(must(eventfd(0, 0), "eventfd"));
  },

  /** PATH NAME: sets an extended attribute. */
  "set-attribute": ([path = "", name = ""]) => {
    const value = Buffer.from(name === "security.capability" ? CAPABILITY_DATA : [0]);
    must(setxattr(path, name, value, value.length, 0), "setxattr");
  },

  /** DIRECTORY FILE: writes a file on an empty file system that only this process sees, mounted on a directory. */
  "write-apart": ([directory = "", file = ""]) => writeApart(directory, file),

  /** DIRECTORY FILE: writes a file as `write-apart` does, and reads it with cat. */
  "read-apart": ([directory = "", file = ""]) => {
    writeApart(directory, file);
    return ended(spawn("cat", [file], { stdio: "inherit" })); // "ignore" opens /dev/null, which may be hidden
  },

  /** UID CALL ARGUMENT…: makes a call as another user. */
  "as-user": ([uid, ...words]) => ended(spawn(process.execPath, wordsOf(words), { stdio: "ignore", uid: Number(uid) })),

  /** PROGRAM CALL ARGUMENT…: makes a call in a child process whose program is a link to Node.js. */
  "as-child": ([program = "", ...words]) => ended(spawn(program, wordsOf(words), { stdio: "ignore" })),

  /** FILE CALL ARGUMENT…: makes a call in a child process whose program is Node.js, mounted on a file for this process only. */
  "as-mounted": ([file = "", ...words]) => {
    moveMountsApart();
    must(mount(process.execPath, file, "none", MS_BIND, null), "a bind mount");
    return ended(spawn(file, wordsOf(words), { stdio: "ignore" }));
  },

  /** SIGNAL: terminates this process with a signal, without a core file or a crash report. */
  raise: ([signal]) => {
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl");
    process.kill(process.pid, signal);
  },

  /** TYPE: tries to mount a file system on a path that does not exist. */
  mount: ([type = ""]) => {
    mount("none", "/proc/eyas-drill", type, 0, null);
  },

  /** Calls io_uring_setup. The kernel's settings may reject it. */
  "io-uring": () => {
    const fd = ioUringSetup(IO_URING_SETUP, 1, Buffer.alloc(IO_URING_PARAMS));
    if (fd >= 0) closeSync(fd);
  },

  /** PATH: connects to a Unix socket that this process creates. */
  "connect-unix": async ([path = ""]) => {
    const server = createServer((peer) => peer.destroy()).listen(path);
    await once(server, "listening");
    const peer = connect(path);
    await once(peer, "connect");
    peer.destroy();
    server.close();
  },

  /** HEX: sends these bytes to itself over the loopback address and receives them. */
  receive: async ([hex = ""]) => {
    const server = createServer((peer) => peer.write(Buffer.from(hex, "hex"))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const at = server.address();
    if (at === null || typeof at === "string") throw new Error("the port is unknown");
    const peer = new Socket();
    peer.pause(); // Node.js would use read(2), and rules do not check its data.
    peer.connect(at.port, "127.0.0.1");
    const [accepted] = await Promise.all([once(server, "connection"), once(peer, "connect")]);
    // The bytes may still be in transit. Without O_NONBLOCK, recv waits for them.
    must(fcntl(descriptorOf(peer), F_SETFL, 0), "fcntl");
    must(recv(descriptorOf(peer), Buffer.alloc(PAGE), PAGE, 0), "recv");
    for (const one of [peer, ...accepted]) one.destroy();
    server.close();
  },

  /**
   * ADDRESS PORT PROGRAM ARGUMENT…: runs a program in a network namespace in which the address is local and this
   * process listens on the port.
   */
  "run-apart": async ([address = "", port, program = "", ...argv]) => {
    moveApart(address);
    const server = createServer((peer) => peer.destroy()).listen(Number(port), address);
    await once(server, "listening");
    await ended(spawn(program, argv, { stdio: "ignore" }));
    server.close();
  },

  /** ADDRESS NAME: sends a DNS query for a name to an address, in a network namespace in which the address is local. */
  "ask-apart": ([address = "", name = ""]) => {
    moveApart(address);
    return new Promise((resolve) => {
      const peer = createSocket("udp4");
      peer.send(dnsQuestion(name), DNS, address, () => peer.close(() => resolve()));
    });
  },

  /**
   * DIRECTORY PROGRAM NAME: runs a copy of a program from an overlay over DIRECTORY. The name `shipped` selects the
   * copy in the lower layer, `dropped` the copy in the upper layer.
   */
  "run-in-overlay": ([folder = "", program = "", name = ""]) => {
    moveMountsApart();
    const base = `${folder}/overlay`;
    mkdirSync(base, { recursive: true });
    must(mount("tmpfs", base, "tmpfs", 0, null), "a tmpfs");
    for (const part of ["lower", "upper", "work", "merged"]) mkdirSync(`${base}/${part}`);
    install(program, `${base}/lower/shipped`);
    const options = `lowerdir=${base}/lower,upperdir=${base}/upper,workdir=${base}/work`;
    must(mount("overlay", `${base}/merged`, "overlay", 0, options), "an overlay");
    install(program, `${base}/merged/dropped`);
    spawnSync(`${base}/merged/${name}`, [], { stdio: "ignore" });
  },

  /** Tries to load an invalid kernel module. */
  "load-module": () => {
    syscall(numberOf(NUMBER_OF_INIT_MODULE, "init_module"), Buffer.alloc(128), 16, "");
  },

  /** COMMAND: calls bpf with a command and empty attributes, which the kernel rejects. */
  bpf: ([command]) => {
    bpf(numberOf(NUMBER_OF_BPF, "bpf"), Number(command), Buffer.alloc(128), 128);
  },

  /** UID: calls setuid. */
  setuid: ([uid]) => {
    setuid(Number(uid));
  },

  /**
   * ADDRESS: opens a connection to itself and keeps it open. Prints the ports of both ends. If the address is not the
   * loopback address, this process moves to a network namespace in which the address is local.
   */
  flow: async ([address = ""]) => {
    if (address !== "127.0.0.1") moveApart(address);
    const server = createServer().listen(0, address);
    await once(server, "listening");
    const at = server.address();
    if (at === null || typeof at === "string") throw new Error("the port is unknown");
    const peer = connect({ host: address, port: at.port });
    await once(peer, "connect");
    process.stdout.write(`${peer.localPort} ${at.port}\n`);
  },

  /** Enters the UTS namespace of this process. */
  "enter-namespace": () => {
    const fd = openSync("/proc/self/ns/uts", "r");
    must(setns(fd, CLONE_NEWUTS), "setns");
    closeSync(fd);
  },

  /** user|uts: calls unshare. The kernel rejects a user namespace because this process has several threads. */
  unshare: ([kind]) => {
    unshare(kind === "user" ? CLONE_NEWUSER : CLONE_NEWUTS);
  },

  /** all|none|CAPABILITY PROGRAM: runs a program with these capabilities as the init process of a PID namespace. */
  "first-process": ([kept = "all", program = ""]) => {
    must(unshare(CLONE_NEWPID), "a process namespace");
    for (let n = 0; kept !== "all" && n <= HIGHEST_CAPABILITY; n++) {
      if (n !== CAPABILITIES[kept]) prctl(PR_CAPBSET_DROP, n, 0, 0, 0);
    }
    return ended(spawn(program, [], { stdio: "ignore" }));
  },

  /** ADDRESS PORT: sends a datagram without a connection, in a network namespace in which the address is local. */
  "send-apart": ([address = "", port]) => {
    moveApart(address);
    return new Promise((resolve) => {
      const peer = createSocket("udp4");
      peer.send("drill", Number(port), address, () => peer.close(() => resolve()));
    });
  },

  /** ADDRESS PORT: connects a UDP socket in a network namespace in which the address is local. */
  "udp-apart": ([address = "", port]) => {
    moveApart(address);
    return new Promise((resolve, reject) => {
      const peer = createSocket("udp4");
      peer.once("error", reject);
      peer.connect(Number(port), address, () => peer.close(() => resolve()));
    });
  },
};

function pidOf(text: string | undefined): number {
  return text === "self" ? process.pid : Number(text);
}

/** Returns the arguments with which Node.js runs a call of this file in another process. */
function wordsOf(words: readonly string[]): string[] {
  return [...process.execArgv, import.meta.filename, ...words];
}

function install(program: string, path: string): void {
  copyFileSync(program, path);
  chmodSync(path, 0o755);
}

const [name = "", ...args] = process.argv.slice(2);
try {
  const call = CALLS[name];
  if (call === undefined) throw new Error(`there is no call "${name}"`);
  await call(args);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1); // An open server would keep the process running.
}

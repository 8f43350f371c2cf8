import { close as closeDescriptor, read } from "node:fs";
import koffi from "koffi";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** Size of `sun_path` in bytes, including its NUL. */
const PATH_SIZE = 108;
const [SOL_SOCKET, SO_RCVBUF] = [1, 8];
/** Size to request for the receive buffer, in bytes. */
const WAITING = 4 << 20;

const libc = koffi.load(null);
const socket = libc.func("int socket(int family, int type, int protocol)");
const bind = libc.func("int bind(int fd, const void *address, unsigned int size)");
const connect = libc.func("int connect(int fd, const void *address, unsigned int size)");
const send = libc.func("long send(int fd, const void *bytes, size_t size, int flags)");
const setOption = libc.func("int setsockopt(int fd, int level, int name, const void *value, unsigned int size)");
const close = libc.func("int close(int fd)");
const nameOf = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));

/** A Unix datagram socket, which Node.js does not provide. */
export interface Datagrams {
  /**
   * Returns the next datagram, truncated to the maximum size; undefined if the socket is closed. Must not be called
   * again before the previous call has finished.
   */
  next(): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/**
 * Creates a socket. The path must not exist.
 * @param most maximum size of a datagram, in bytes
 * @throws Error with the system's error name as `code`: EADDRINUSE, EACCES, …
 */
export function openDatagrams(path: string, most: number): Datagrams {
  const address = addressOf(path);
  const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw failure(path);
  if (bind(fd, address, address.length) < 0) {
    const error = failure(path);
    close(fd);
    throw error;
  }
  setOption(fd, SOL_SOCKET, SO_RCVBUF, Int32Array.of(WAITING), 4);
  const buffer = new Uint8Array(most);
  let closed = false;
  let reading: Promise<Uint8Array | undefined> | undefined;

  return {
    async next() {
      if (closed) return undefined;
      // Blocks a thread of Node.js's pool until a datagram arrives. `close` sends a datagram to end the call.
      reading = new Promise((resolve) => {
        read(fd, buffer, 0, most, null, (error, size) =>
          resolve(error === null ? buffer.subarray(0, size) : undefined),
        );
      });
      const message = await reading;
      reading = undefined;
      return closed ? undefined : message;
    },
    async close() {
      if (closed) return;
      closed = true;
      if (reading !== undefined) {
        sendTo(address);
        await reading;
      }
      await new Promise<void>((resolve) => closeDescriptor(fd, () => resolve()));
    },
  };
}

/** Whether a process receives datagrams at a path; undefined if unknown. */
export function takesDatagrams(path: string): boolean | undefined {
  const address = addressOf(path);
  const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return undefined;
  const answer: number = connect(fd, address, address.length);
  const error = answer < 0 ? lastError() : undefined;
  close(fd);
  return error === undefined ? true : error === "ECONNREFUSED" ? false : undefined;
}

function sendTo(address: Buffer): void {
  const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  if (connect(fd, address, address.length) === 0) send(fd, Buffer.alloc(1), 0, 0);
  close(fd);
}

function addressOf(path: string): Buffer {
  const name = Buffer.from(path);
  if (name.length >= PATH_SIZE) throw Object.assign(new Error(`ENAMETOOLONG, ${path}`), { code: "ENAMETOOLONG" });
  const address = Buffer.alloc(2 + PATH_SIZE);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

function lastError(): string {
  return nameOf.get(koffi.errno()) ?? `error ${koffi.errno()}`;
}

function failure(path: string): Error {
  const code = lastError();
  return Object.assign(new Error(`${code}, ${path}`), { code });
}

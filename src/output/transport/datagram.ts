import koffi from "koffi";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Size of `sun_path` in bytes, including the terminating NUL. */
const PATH_SIZE = 108;

const libc = koffi.load(null);
const socket = libc.func("int socket(int family, int type, int protocol)");
const connect = libc.func("int connect(int fd, const void *address, unsigned int size)");
const send = libc.func("long send(int fd, const void *bytes, size_t size, int flags)");
const close = libc.func("int close(int fd)");
const nameOf = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));

/** A connected Unix datagram socket. Node does not support Unix datagram sockets. */
export interface DatagramSocket {
  /**
   * Sends a message without blocking.
   * @returns the error code (`EAGAIN`, …), or undefined
   */
  send(message: Buffer): string | undefined;
  close(): void;
}

/**
 * Connects to a Unix datagram socket.
 * @param path a path, or `@NAME` for an abstract socket
 * @throws Error with the system error in `code`: ENOENT, ECONNREFUSED, …
 */
export function connectDatagram(path: string): DatagramSocket {
  const name = Buffer.from(path);
  if (name.length >= PATH_SIZE) throw failure("ENAMETOOLONG", path);
  const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw failure(lastError(), path);
  const address = Buffer.alloc(2 + PATH_SIZE);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  const isAbstract = path.startsWith("@");
  if (isAbstract) address[2] = 0;
  // The length of the address delimits the name of an abstract socket.
  if (connect(fd, address, isAbstract ? 2 + name.length : address.length) < 0) {
    const error = lastError();
    close(fd);
    throw failure(error, path);
  }
  return {
    send: (message) => (send(fd, message, message.length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? lastError() : undefined),
    close: () => void close(fd),
  };
}

function lastError(): string {
  return nameOf.get(koffi.errno()) ?? `error ${koffi.errno()}`;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}, connect ${path}`), { code });
}

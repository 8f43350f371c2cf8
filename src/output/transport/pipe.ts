import { Socket } from "node:net";
import koffi from "koffi";

const O_CLOEXEC = 0o2000000;

const libc = koffi.load(null);
const pipe2 = libc.func("int pipe2(_Out_ int *ends, int flags)");

/** A kernel pipe. Node connects child processes with sockets, which programs cannot open as /dev/stdin. */
export interface Pipe {
  /** Descriptor for the child process. The caller closes it after starting the child. */
  readonly readEnd: number;
  readonly writeEnd: Socket;
}

/** @throws Error with the name of the system error if no file descriptors are available */
export function makePipe(): Pipe {
  const ends: [number, number] = [-1, -1];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    const [name] = Object.entries(koffi.os.errno).find(([, number]) => number === koffi.errno()) ?? [koffi.errno()];
    throw new Error(`cannot create a pipe: ${name}`);
  }
  return { readEnd: ends[0], writeEnd: new Socket({ fd: ends[1], readable: false, writable: true }) };
}

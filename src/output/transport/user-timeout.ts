import type { Socket } from "node:net";
import koffi from "koffi";

const IPPROTO_TCP = 6;
const TCP_USER_TIMEOUT = 18;

const libc = koffi.load(null);
const setsockopt = libc.func("int setsockopt(int fd, int level, int name, const void *value, unsigned int size)");

/**
 * Breaks the TCP connection of a socket if the peer has not acknowledged data for a time. By default, Linux waits for
 * about 15 minutes. Node has no option for this timeout. A socket that is already closed remains unchanged.
 */
export function limitUnacknowledged(socket: Socket, milliseconds: number): void {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  const fd = handle?.fd ?? -1;
  if (fd < 0) return;
  const value = Buffer.alloc(4);
  value.writeUInt32LE(milliseconds);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, value, value.length);
}

import { FdKind } from "../event/snapshot.ts";

/**
 * What a descriptor number stands for. One object may be held by several numbers (dup) and several tables (fork
 * copies the table, not the objects), so treat it as immutable unless the kernel object itself changed.
 */
export class Descriptor {
  kind: FdKind = FdKind.unknown;
  /** What `fd.name` prints: path, tuple text, or the kind's own text. Byte string. */
  name = "";
  /** The name as the program gave it, before it was made absolute and clean. */
  rawName = "";
  /** The name before the last change (`fd.name_changed`). */
  oldName = "";
  /** PPM_O_* bits. */
  openFlags = 0;
  /** State bits: see `DescriptorFlag`. */
  flags = 0;
  mountId = 0;
  dev = 0;
  ino = 0n;
  pid = 0;
  /** Addresses as byte strings of 4 or 16 bytes, network order; "" where there is none. */
  sip = "";
  dip = "";
  sport = 0;
  dport = 0;
  l4 = 0;
  unixSource = 0n;
  unixDestination = 0n;
}

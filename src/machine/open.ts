import { EventCode } from "../event/code.ts";
import { AT_FDCWD, CreatFlag, OpenFlag } from "../event/constants.ts";
import type { Event } from "../event/event.ts";
import { FdKind } from "../event/snapshot.ts";
import { adoptNew } from "./adopt.ts";
import { Descriptor, DescriptorFlag } from "./descriptor.ts";
import { enteredBy } from "./entered.ts";
import { MISSING, UNKNOWN_DIRECTORY } from "./flags.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import type { Name, Path } from "./path.ts";
import { present, result, signed, u32, u64OrBigint, unsigned } from "./read.ts";
import { openedPath, realPathOf } from "./real-path.ts";
import { fdTable, type Thread, workingDirectory } from "./thread.ts";

/** The path of `name`, which is absolute or relative to a directory descriptor of a thread. */
export function pathFrom(thread: Thread, name: Name, dirfd: number): Path {
  return name.in(name.isAbsolute ? "" : directoryText(thread, dirfd));
}

/** The directory of a descriptor or of AT_FDCWD, as a prefix for names. */
export function directoryText(thread: Thread, dirfd: number): string {
  if (dirfd === AT_FDCWD) return workingDirectory(thread);
  return fdTable(thread)?.get(dirfd)?.path.asDirectory ?? UNKNOWN_DIRECTORY;
}

/** Mask for the bits that only the exit event has. */
const EXIT_ONLY = ~(OpenFlag.F_CREATED - 1);

export function openat(machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  let name = machine.decoder.name(event, 2);
  let flags = u32(event, 3);
  let dirfd: Event = event;
  let dirfdAt = 1;
  if (thread.enterBytes !== undefined) {
    const entered = enteredBy(machine, event);
    const enterName = entered === undefined ? undefined : machine.decoder.name(entered, 1);
    if (entered !== undefined && enterName !== undefined && enterName.text !== MISSING) {
      name = enterName;
      flags = u32(entered, 2) | (flags & EXIT_ONLY);
      dirfd = entered;
      dirfdAt = 0;
    }
  }
  // openat2 has an additional parameter before the device.
  const devAt = event.type === EventCode.OPENAT_2_X ? 5 : 6;
  const path =
    name.isAbsolute || !present(dirfd, dirfdAt) ? name.in("") : pathFrom(thread, name, signed(dirfd, dirfdAt));
  const hasPlace = present(event, devAt + 1);
  opened(
    event,
    thread,
    number,
    path,
    flags,
    hasPlace ? u32(event, devAt) : 0,
    hasPlace ? u64OrBigint(event, devAt + 1) : 0,
  );
}

export function open(machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  let name = machine.decoder.name(event, 1);
  let flags = u32(event, 2);
  const entered = enteredBy(machine, event);
  if (entered !== undefined) {
    const enterName = machine.decoder.name(entered, 0);
    if (enterName.text !== MISSING) {
      name = enterName;
      flags = u32(entered, 1) | (flags & EXIT_ONLY);
    }
  }
  const path = name.in(workingDirectory(thread));
  opened(event, thread, number, path, flags, u32(event, 4), present(event, 4) ? u64OrBigint(event, 5) : 0);
}

export function creat(machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  let name = machine.decoder.name(event, 1);
  const entered = enteredBy(machine, event);
  if (entered !== undefined) {
    const enterName = machine.decoder.name(entered, 0);
    if (enterName.text !== MISSING) name = enterName;
  }
  const layers = present(event, 3) && present(event, 4) ? unsigned(event, 5) : 0;
  let flags = 0;
  if ((layers & CreatFlag.FD_UPPER_LAYER) !== 0) flags = OpenFlag.FD_UPPER_LAYER;
  else if ((layers & CreatFlag.FD_LOWER_LAYER) !== 0) flags = OpenFlag.FD_LOWER_LAYER;
  const path = name.in(workingDirectory(thread));
  opened(event, thread, number, path, flags, u32(event, 3), present(event, 3) ? u64OrBigint(event, 4) : 0);
}

export function openByHandle(machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  opened(
    event,
    thread,
    number,
    machine.decoder.name(event, 3).in(""),
    u32(event, 2),
    u32(event, 4),
    u64OrBigint(event, 5),
  );
}

function opened(
  event: Observed,
  thread: Thread,
  number: number,
  given: Path,
  flags: number,
  dev: number,
  ino: number | bigint,
): void {
  const real = realPathOf(event);
  const path = openedPath(event, thread, given, real, flags);
  const last = path.lastOpened;
  if (last !== undefined && last.openFlags === flags && last.dev === dev && last.ino === ino && last.real === real) {
    adoptNew(event, thread, number, last);
    return;
  }
  const fd = new Descriptor();
  fd.kind = (flags & OpenFlag.DIRECTORY) === 0 ? FdKind.fileV2 : FdKind.directory;
  fd.path = path;
  fd.openFlags = flags;
  fd.dev = dev;
  fd.ino = ino;
  fd.real = real;
  if ((flags & OpenFlag.FD_UPPER_LAYER) !== 0) fd.flags |= DescriptorFlag.overlayUpper;
  if ((flags & OpenFlag.FD_LOWER_LAYER) !== 0) fd.flags |= DescriptorFlag.overlayLower;
  fd.shared = true; // later opens of the path copy it
  path.lastOpened = fd;
  adoptNew(event, thread, number, fd);
}

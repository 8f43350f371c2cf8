import { type DescriptorRecord, FdKind, type SnapshotSink, type ThreadRecord } from "../event/snapshot.ts";
import { type Descriptor, isServer } from "./descriptor.ts";
import type { Machine } from "./machine.ts";
import { isMainThread, type Thread, workingDirectory } from "./thread.ts";

/** Passes the state of a machine to `sink`, in the order in which captures store it. */
export function exportTo(machine: Machine, sink: SnapshotSink): void {
  if (machine.info !== undefined) sink.machine(machine.info);
  sink.interfaces([...machine.interfaceTable.records]);
  sink.accounts([...machine.users.values()], [...machine.groups.values()]);
  for (const thread of machine.threads.values()) sink.thread(recordOf(thread));
  for (const thread of machine.threads.values()) {
    if (!isMainThread(thread) || thread.fds.size === 0) continue;
    const known = [...thread.fds.entries()].filter(([, fd]) => fd.kind !== FdKind.unknown);
    sink.descriptors(
      thread.tid,
      known.map(([number, fd]) => descriptorRecordOf(number, fd)),
    );
  }
}

function recordOf(thread: Thread): ThreadRecord {
  const { tid, pid, ptid, sid, pgid, vpgid, vtid, vpid, comm, exe, exepath, root, fdlimit, flags } = thread;
  const { exeWritable, exeUpperLayer, exeLowerLayer, exeFromMemfd, uid, gid, loginuid, tty, cloneTime } = thread;
  const { capPermitted, capEffective, capInheritable, exeIno, exeInoCtime, exeInoMtime, pidnsInitStart } = thread;
  const { vmsizeKb, vmrssKb, vmswapKb, pfmajor, pfminor, exeWritableByUser, filename, realExepath = "" } = thread;
  return {
    ...{ tid, pid, ptid, sid, pgid, vpgid, vtid, vpid, comm, exe, exepath, root, fdlimit, flags },
    ...{ exeWritable, exeUpperLayer, exeLowerLayer, exeFromMemfd, uid, gid, loginuid, tty, cloneTime },
    ...{ capPermitted, capEffective, capInheritable, exeIno, exeInoCtime, exeInoMtime, pidnsInitStart },
    ...{ vmsizeKb, vmrssKb, vmswapKb, pfmajor, pfminor, exeWritableByUser, filename, realExepath },
    args: joined(thread.args),
    env: joined(thread.env),
    cwd: workingDirectory(thread),
    cgroups: joined(thread.cgroups.map(([subsystem, path]) => `${subsystem}=${path}`)),
  };
}

function joined(texts: readonly string[]): string {
  return texts.map((text) => `${text}\0`).join("");
}

/**
 * The record of a descriptor. For the server's end of an IPv4 connection, the local address comes first, as in `/proc`;
 * the import swaps the ends.
 */
function descriptorRecordOf(number: number, fd: Descriptor): DescriptorRecord {
  const { kind, openFlags, mountId, dev, sip, dip, sport, dport, l4, unixSource, unixDestination, name } = fd;
  const ends =
    isServer(fd) && kind === FdKind.ipv4
      ? { sip: dip, dip: sip, sport: dport, dport: sport }
      : { sip, dip, sport, dport };
  return {
    fd: number,
    ino: BigInt(fd.ino),
    kind,
    name,
    flags: openFlags,
    mountId,
    dev,
    ...ends,
    l4,
    unixSource,
    unixDestination,
    ...(fd.real !== undefined && { realPath: fd.real.text }),
  };
}

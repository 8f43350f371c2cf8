import {
  type DescriptorRecord,
  FdKind,
  type GroupRecord,
  type InterfaceRecord,
  type MachineRecord,
  type ThreadRecord,
  type UserRecord,
} from "../event/snapshot.ts";
import { AccountKind, InterfaceKind } from "./lists.ts";
import type { Output } from "./output.ts";

/** Maximum length of a path that all readers accept, in bytes. */
const MAX_PATH = 1023;
const MAX_LIST = 4095;
const MAX_ACCOUNT = 255;

/**
 * Marks the beginning of Eyas-specific fields. They follow the fields of the format in entries with an explicit length.
 * Other readers skip these fields. Entries in old captures or from other recorders lack them.
 */
export const OWN_FIELDS = 0x53415945;

export function writeMachine(to: Output, record: MachineRecord): void {
  to.u32(record.cpus);
  to.u64(record.memoryBytes);
  to.u64(record.maxPid);
  to.raw(record.hostname.slice(0, 127).padEnd(128, "\0"));
  to.u64(record.bootTime);
  to.u64(record.flags);
  to.u64(0n);
  to.u64(0n);
}

export function writeThread(to: Output, record: ThreadRecord): void {
  const at = to.end;
  to.u32(0);
  to.i64(record.tid);
  to.i64(record.pid);
  to.i64(record.ptid);
  to.i64(record.sid);
  to.i64(record.vpgid);
  to.text(record.comm, MAX_PATH);
  to.text(record.exe, MAX_PATH);
  to.text(record.exepath, MAX_PATH);
  to.text(record.args, MAX_LIST);
  to.text(record.cwd, MAX_PATH);
  to.i64(record.fdlimit);
  to.u32(record.flags);
  to.u32(record.uid);
  to.u32(record.gid);
  to.u32(record.vmsizeKb);
  to.u32(record.vmrssKb);
  to.u32(record.vmswapKb);
  to.i64(record.pfmajor);
  to.i64(record.pfminor);
  to.text(record.env, MAX_LIST);
  to.i64(record.vtid);
  to.i64(record.vpid);
  to.text(record.cgroups, MAX_LIST);
  to.text(record.root, MAX_PATH);
  to.u64(record.pidnsInitStart);
  to.u32(record.tty);
  to.u32(record.loginuid);
  to.u8(record.exeWritable ? 1 : 0);
  to.u64(record.capInheritable);
  to.u64(record.capPermitted);
  to.u64(record.capEffective);
  to.u8(record.exeUpperLayer ? 1 : 0);
  to.u64(record.exeIno);
  to.u64(record.exeInoCtime);
  to.u64(record.exeInoMtime);
  to.u8(record.exeFromMemfd ? 1 : 0);
  to.u8(record.exeLowerLayer ? 1 : 0);
  to.i64(record.pgid);
  // Threads in captures from other recorders lack these fields.
  const { cloneTime, exeWritableByUser, realExepath = "", filename = "" } = record;
  if (cloneTime !== 0n || exeWritableByUser !== undefined) {
    to.u32(OWN_FIELDS);
    to.u64(cloneTime);
    to.u8((exeWritableByUser ?? (record.exeWritable && record.uid !== 0)) ? 1 : 0);
    to.text(realExepath, MAX_PATH);
    to.text(filename, MAX_PATH);
  }
  to.patch(at, to.end - at);
}

export function writeDescriptor(to: Output, record: DescriptorRecord): void {
  // Readers reject descriptors of unknown kind.
  if (record.kind === FdKind.unknown) return;
  const at = to.end;
  to.u32(0);
  to.i64(record.fd);
  to.u64(record.ino);
  to.u8(record.kind);
  switch (record.kind) {
    case FdKind.ipv4:
    case FdKind.ipv6:
      to.raw(record.sip);
      to.raw(record.dip);
      to.u16(record.sport);
      to.u16(record.dport);
      to.u8(record.l4);
      break;
    case FdKind.ipv4Server:
    case FdKind.ipv6Server:
      to.raw(record.sip);
      to.u16(record.sport);
      to.u8(record.l4);
      break;
    case FdKind.unix:
      to.u64(record.unixSource);
      to.u64(record.unixDestination);
      to.text(record.name, MAX_PATH);
      break;
    case FdKind.fileV2:
      to.u32(record.flags);
      to.text(record.name, MAX_PATH);
      to.u32(record.dev);
      if (record.realPath !== undefined) {
        to.u32(OWN_FIELDS);
        to.text(record.realPath, MAX_PATH);
      }
      break;
    default:
      to.text(record.name, MAX_PATH);
  }
  to.patch(at, to.end - at);
}

export function writeInterface(to: Output, record: InterfaceRecord): void {
  const at = to.end;
  to.u32(0);
  to.u16(record.address.length === 4 ? InterfaceKind.ipv4 : InterfaceKind.ipv6);
  to.u16(Math.min(record.name.length, MAX_PATH));
  to.raw(record.address);
  to.raw(record.netmask);
  to.raw(record.broadcast);
  to.u64(record.linkSpeed);
  to.raw(record.name, MAX_PATH);
  // Unlike in other entries, the length does not include the length field.
  to.patch(at, to.end - at - 4);
}

export function writeUser(to: Output, record: UserRecord): void {
  const at = to.end;
  to.u32(0);
  to.u8(AccountKind.user);
  to.u32(record.uid);
  to.u32(record.gid);
  to.text(record.name, MAX_ACCOUNT);
  to.text(record.home, MAX_ACCOUNT);
  to.text(record.shell, MAX_ACCOUNT);
  to.patch(at, to.end - at);
}

export function writeGroup(to: Output, record: GroupRecord): void {
  const at = to.end;
  to.u32(0);
  to.u8(AccountKind.group);
  to.u32(record.gid);
  to.text(record.name, MAX_ACCOUNT);
  to.patch(at, to.end - at);
}

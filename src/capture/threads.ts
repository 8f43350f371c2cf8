import type { ThreadRecord } from "../event/snapshot.ts";
import { type Body, Entry } from "./body.ts";
import { OWN_FIELDS } from "./records.ts";

/** Total size of the fields from `loginuid` to the capabilities, in bytes. The oldest version 9 entries end there. */
const FIRST_TAIL = 29;
/** Minimum size of the Eyas-specific fields, in bytes. */
const OWN_SIZE = 17;

/** Reads a list of threads in a format version from 1 to 9. */
export function readThreads(body: Body, version: number, take: (record: ThreadRecord) => void): void {
  while (body.left >= 4) {
    // The length of an entry includes the length field.
    const entry = version === 9 ? new Entry(body, body.u32() - 4) : undefined;
    const record = readFixed(body, version);
    if (entry !== undefined) {
      readTail(body, entry, record);
      entry.finish();
    }
    take(record);
  }
  body.skip(body.left);
}

function readFixed(body: Body, version: number): ThreadRecord {
  const record = emptyThread();
  record.tid = body.i64();
  record.pid = body.i64();
  record.ptid = body.i64();
  if (version >= 6) record.sid = body.i64();
  if (version >= 8) record.vpgid = body.i64();
  record.comm = body.text();
  record.exe = body.text();
  if (version >= 7) record.exepath = body.text();
  record.args = ended(body.text());
  record.cwd = body.text();
  record.fdlimit = body.i64();
  record.flags = body.u32();
  record.uid = body.u32();
  record.gid = body.u32();
  if (version < 2) return record;
  record.vmsizeKb = body.u32();
  record.vmrssKb = body.u32();
  record.vmswapKb = body.u32();
  record.pfmajor = body.i64();
  record.pfminor = body.i64();
  if (version >= 3) record.env = ended(body.text());
  if (version < 4) return record;
  record.vtid = body.i64();
  record.vpid = body.i64();
  record.cgroups = body.text();
  if (version >= 5) record.root = body.text();
  return record;
}

/** Reads the fields that were added in later versions. A field is present if the entry is long enough. */
function readTail(body: Body, entry: Entry, record: ThreadRecord): void {
  if (entry.left > FIRST_TAIL) {
    // The format inserted these two fields before existing fields.
    if (entry.left >= 8) record.pidnsInitStart = body.u64();
    if (entry.left >= 4) record.tty = body.u32();
  }
  if (entry.left >= 4) record.loginuid = body.u32();
  if (entry.left >= 1) record.exeWritable = body.u8() !== 0;
  if (entry.left >= 8) record.capInheritable = body.u64();
  if (entry.left >= 8) record.capPermitted = body.u64();
  if (entry.left >= 8) record.capEffective = body.u64();
  if (entry.left >= 1) record.exeUpperLayer = body.u8() !== 0;
  if (entry.left >= 8) record.exeIno = body.u64();
  if (entry.left >= 8) record.exeInoCtime = body.u64();
  if (entry.left >= 8) record.exeInoMtime = body.u64();
  if (entry.left >= 1) record.exeFromMemfd = body.u8() !== 0;
  if (entry.left >= 1) record.exeLowerLayer = body.u8() !== 0;
  if (entry.left >= 8) record.pgid = body.i64();
  if (entry.left < OWN_SIZE || body.u32() !== OWN_FIELDS) return;
  record.cloneTime = body.u64();
  record.exeWritableByUser = body.u8() !== 0;
  record.realExepath = body.text();
  record.filename = body.text();
}

/** Adds a missing NUL to the last of several NUL-terminated strings, since some recorders omitted it. */
function ended(texts: string): string {
  return texts === "" || texts.endsWith("\0") ? texts : `${texts}\0`;
}

/** Returns a thread record in which all values are unknown. */
export function emptyThread(): ThreadRecord {
  return {
    tid: -1,
    pid: -1,
    ptid: -1,
    sid: -1,
    pgid: -1,
    vpgid: -1,
    vtid: -1,
    vpid: -1,
    comm: "",
    exe: "",
    exepath: "",
    exeWritable: false,
    exeUpperLayer: false,
    exeLowerLayer: false,
    exeFromMemfd: false,
    args: "",
    env: "",
    cwd: "",
    root: "",
    fdlimit: 0,
    flags: 0,
    uid: 0,
    gid: 0,
    loginuid: 0xffffffff,
    capPermitted: 0n,
    capEffective: 0n,
    capInheritable: 0n,
    exeIno: 0n,
    exeInoCtime: 0n,
    exeInoMtime: 0n,
    vmsizeKb: 0,
    vmrssKb: 0,
    vmswapKb: 0,
    pfmajor: 0,
    pfminor: 0,
    pidnsInitStart: 0n,
    cgroups: "",
    cloneTime: 0n,
    tty: 0,
  };
}

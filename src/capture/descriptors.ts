import { type DescriptorRecord, FdKind } from "../event/snapshot.ts";
import { type Body, Entry } from "./body.ts";
import { OWN_FIELDS } from "./records.ts";

/** Maximum number of records per call of `take`. */
const BATCH = 1024;
/** Minimum size of the Eyas-specific fields, in bytes. */
const OWN_SIZE = 6;

/**
 * Reads the descriptors of one process.
 * @param sized whether each entry states its length
 */
export function readDescriptors(
  body: Body,
  sized: boolean,
  take: (pid: number, records: DescriptorRecord[]) => void,
): void {
  const pid = body.i64();
  let records: DescriptorRecord[] = [];
  while (body.left >= 4) {
    records.push(readDescriptor(body, sized));
    if (records.length === BATCH) {
      take(pid, records);
      records = [];
    }
  }
  body.skip(body.left);
  take(pid, records);
}

function readDescriptor(body: Body, sized: boolean): DescriptorRecord {
  const record = emptyDescriptor();
  // The length of an entry includes the length field.
  const entry = sized ? new Entry(body, body.u32() - 4) : undefined;
  record.fd = body.i64();
  record.ino = body.u64();
  const kind = body.u8();
  record.kind = isFdKind(kind) ? kind : FdKind.unsupported;
  switch (kind) {
    case FdKind.ipv4:
      readTuple(body, record, 4);
      break;
    case FdKind.ipv6:
      readTuple(body, record, 16);
      break;
    case FdKind.ipv4Server:
      readServer(body, record, 4);
      break;
    case FdKind.ipv6Server:
      readServer(body, record, 16);
      break;
    case FdKind.unix:
      record.unixSource = body.u64();
      record.unixDestination = body.u64();
      record.name = body.text();
      break;
    case FdKind.fileV2:
      record.flags = body.u32();
      record.name = body.text();
      if (entry !== undefined && entry.left >= 4) record.dev = body.u32();
      if (entry !== undefined && entry.left >= OWN_SIZE && body.u32() === OWN_FIELDS) record.realPath = body.text();
      break;
    case FdKind.unknown:
      break;
    default:
      if (isFdKind(kind)) record.name = body.text();
      else record.name = `unknown-type:[${kind}]`;
  }
  entry?.finish();
  return record;
}

function readTuple(body: Body, record: DescriptorRecord, size: number): void {
  record.sip = body.bytes(size);
  record.dip = body.bytes(size);
  record.sport = body.u16();
  record.dport = body.u16();
  record.l4 = body.u8();
}

function readServer(body: Body, record: DescriptorRecord, size: number): void {
  record.sip = body.bytes(size);
  record.sport = body.u16();
  record.l4 = body.u8();
}

const kinds: ReadonlySet<number> = new Set(Object.values(FdKind));

function isFdKind(kind: number): kind is FdKind {
  return kinds.has(kind);
}

/** Returns a descriptor record with default values. */
export function emptyDescriptor(): DescriptorRecord {
  return {
    fd: -1,
    ino: 0n,
    kind: FdKind.unknown,
    name: "",
    flags: 0,
    mountId: 0,
    dev: 0,
    sip: "",
    dip: "",
    sport: 0,
    dport: 0,
    l4: 0,
    unixSource: 0n,
    unixDestination: 0n,
  };
}

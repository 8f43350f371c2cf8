import { requestNetlink } from "./libc.ts";

// Kernel task statistics (taskstats), which report the age of processes more precisely than `/proc`.

const NETLINK_GENERIC = 16;
/** Total size of a netlink header and a generic netlink header. */
const HEADERS = 20;
const ERROR = 2;
const REQUEST = 1;

let family: number | undefined;

/**
 * Returns the time since the start of a process in microseconds, rounded down, excluding suspend time. Requires
 * CAP_NET_ADMIN.
 * @returns undefined if the kernel does not report it
 */
export function elapsedOf(pid: number): bigint | undefined {
  const [GET, OF_PID, OF_AGGREGATE, STATISTICS, ELAPSED] = [1, 1, 4, 3, 144];
  try {
    family ??= familyOf("TASKSTATS");
    const id = Buffer.alloc(4);
    id.writeUInt32LE(pid);
    const answer = query(family, GET, OF_PID, id);
    const statistics = attribute(attribute(answer, OF_AGGREGATE), STATISTICS);
    return statistics.length >= ELAPSED + 8 ? statistics.readBigUInt64LE(ELAPSED) : undefined;
  } catch {
    return undefined;
  }
}

function familyOf(name: string): number {
  const [CONTROL, GET_FAMILY, FAMILY_NAME, FAMILY_ID] = [16, 3, 2, 1];
  return attribute(query(CONTROL, GET_FAMILY, FAMILY_NAME, Buffer.from(`${name}\0`)), FAMILY_ID).readUInt16LE();
}

/** @returns the attributes of the response */
function query(type: number, command: number, kind: number, value: Buffer): Buffer {
  const length = HEADERS + 4 + value.length;
  const request = Buffer.alloc((length + 3) & ~3);
  request.writeUInt32LE(request.length);
  request.writeUInt16LE(type, 4);
  request.writeUInt16LE(REQUEST, 6);
  request.writeUInt8(command, 16);
  request.writeUInt8(1, 17);
  request.writeUInt16LE(4 + value.length, HEADERS);
  request.writeUInt16LE(kind, HEADERS + 2);
  value.copy(request, HEADERS + 4);
  const answer = requestNetlink(NETLINK_GENERIC, request);
  if (answer.length < HEADERS || answer.readUInt16LE(4) === ERROR) throw new Error("no task statistics");
  return answer.subarray(HEADERS);
}

/** Returns the value of the first attribute of a type. */
function attribute(attributes: Buffer, kind: number): Buffer {
  const NESTED = 0x8000;
  for (let at = 0; at + 4 <= attributes.length; ) {
    const length = attributes.readUInt16LE(at);
    if (length < 4) break;
    if ((attributes.readUInt16LE(at + 2) & ~NESTED) === kind) return attributes.subarray(at + 4, at + length);
    at += (length + 3) & ~3;
  }
  throw new Error("no task statistics");
}

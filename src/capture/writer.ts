import type { Event } from "../event/event.ts";
import { EventFlag } from "../event/schema.ts";
import type {
  DescriptorRecord,
  GroupRecord,
  InterfaceRecord,
  MachineRecord,
  SnapshotSink,
  ThreadRecord,
  UserRecord,
} from "../event/snapshot.ts";
import { eventFlags } from "../event/types.ts";
import { Block, BYTE_ORDER_MAGIC, MAJOR_VERSION, MINOR_VERSION } from "./blocks.ts";
import { Output } from "./output.ts";
import { writeDescriptor, writeGroup, writeInterface, writeMachine, writeThread, writeUser } from "./records.ts";

/** Receives the bytes of a capture in order. The bytes are only valid during the call. */
export interface ByteOutput {
  write(bytes: Uint8Array): void;
}

/** Approximate size of a block of threads, in bytes. */
const THREADS_BLOCK = 1 << 20;
/** Approximate number of bytes of events per write. */
const PIECE = 1 << 16;

/**
 * Writes a capture (`.scap`): the state of a machine in the order of {@link SnapshotSink}, and then events. Bytes are
 * only appended, and each write consists of whole blocks. If the recorder is killed, the file is readable up to its
 * last complete event.
 */
export class CaptureWriter implements SnapshotSink {
  /** Number of events written. */
  count = 0;
  private readonly output: ByteOutput;
  private readonly blocks = new Output(PIECE + (1 << 12));
  private readonly threads = new Output(1 << 14);

  constructor(output: ByteOutput) {
    this.output = output;
    this.section();
  }

  restart(): void {
    this.flush();
    this.section();
  }

  machine(record: MachineRecord): void {
    const { blocks } = this;
    const at = blocks.open(Block.machine);
    writeMachine(blocks, record);
    blocks.close(at);
    this.pass();
  }

  thread(record: ThreadRecord): void {
    writeThread(this.threads, record);
    if (this.threads.end > THREADS_BLOCK) this.passThreads();
  }

  descriptors(pid: number, records: DescriptorRecord[]): void {
    this.passThreads();
    const { blocks } = this;
    const at = blocks.open(Block.descriptors2);
    blocks.i64(pid);
    for (const record of records) writeDescriptor(blocks, record);
    blocks.close(at);
    this.pass();
  }

  interfaces(records: InterfaceRecord[]): void {
    const { blocks } = this;
    const at = blocks.open(Block.interfaces2);
    // Readers require IPv4 interfaces before IPv6 interfaces.
    for (const record of records) if (record.address.length === 4) writeInterface(blocks, record);
    for (const record of records) if (record.address.length !== 4) writeInterface(blocks, record);
    blocks.close(at);
    this.pass();
  }

  accounts(users: UserRecord[], groups: GroupRecord[]): void {
    const { blocks } = this;
    const at = blocks.open(Block.accounts2);
    for (const user of users) writeUser(blocks, user);
    for (const group of groups) writeGroup(blocks, group);
    blocks.close(at);
    this.pass();
  }

  /** Writes the event at the cursor, unchanged. */
  event(event: Event): void {
    this.raw(event.bytes, event.at, event.size, event.type, event.cpu, event.flags);
  }

  /**
   * Writes an event from its bytes, in the format of the kernel's ring buffer or of {@link Event}.
   * @param flags `EventNote` bits
   */
  raw(bytes: Uint8Array, at: number, size: number, type: number, cpu: number, flags = 0): void {
    if (this.threads.end > 0) this.passThreads();
    const { blocks } = this;
    const large = (eventFlags[type]! & EventFlag.largePayload) !== 0;
    const plain = large ? Block.event2Large : Block.event2;
    const flagged = large ? Block.flaggedEvent2Large : Block.flaggedEvent2;
    const begin = blocks.open(flags === 0 ? plain : flagged);
    blocks.u16(cpu);
    if (flags !== 0) blocks.u32(flags);
    blocks.bytes(bytes, at, size);
    blocks.close(begin);
    this.count++;
    if (blocks.end >= PIECE) this.pass();
  }

  /** Writes buffered bytes to the output. Must be called regularly and at the end. */
  flush(): void {
    this.passThreads();
    this.pass();
  }

  private section(): void {
    const { blocks } = this;
    const at = blocks.open(Block.section);
    blocks.u32(BYTE_ORDER_MAGIC);
    blocks.u16(MAJOR_VERSION);
    blocks.u16(MINOR_VERSION);
    // This value means that the length of the section is unknown.
    blocks.u64(0xffffffffffffffffn);
    blocks.close(at);
  }

  private passThreads(): void {
    const { threads, blocks } = this;
    if (threads.end === 0) return;
    this.pass();
    const at = blocks.open(Block.threads9);
    blocks.bytes(threads.memory, 0, threads.end);
    blocks.close(at);
    threads.end = 0;
    this.pass();
  }

  private pass(): void {
    const { blocks } = this;
    if (blocks.end === 0) return;
    this.output.write(blocks.memory.subarray(0, blocks.end));
    blocks.end = 0;
  }
}

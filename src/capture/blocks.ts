/** Types of blocks. A block consists of type (u32), total length (u32), body, and total length again; little-endian. */
export const Block = {
  section: 0x0a0d0d0a,
  machine: 0x201,
  machineInternal: 0x8002abcd,
  threads1: 0x202,
  threads1Internal: 0x8000abcd,
  threads2: 0x207,
  threads2Internal: 0x8013abcd,
  threads3: 0x209,
  threads3Internal: 0x8014abcd,
  threads4: 0x210,
  threads5: 0x211,
  threads6: 0x212,
  threads7: 0x213,
  threads8: 0x214,
  threads9: 0x215,
  descriptors: 0x203,
  descriptorsInternal: 0x8001abcd,
  descriptors2: 0x218,
  event1: 0x204,
  event1Internal: 0x8010abcd,
  event2: 0x216,
  event2Large: 0x221,
  flaggedEvent1: 0x208,
  flaggedEvent2: 0x217,
  flaggedEvent2Large: 0x222,
  interfaces: 0x205,
  interfacesInternal: 0x8011abcd,
  interfaces2: 0x219,
  accounts: 0x206,
  accountsInternal: 0x8012abcd,
  accounts2: 0x220,
} as const;

/** Size of the type and length before the body, in bytes. */
export const BLOCK_HEAD = 8;
/** Total size of the type and both lengths, in bytes. */
export const BLOCK_FRAME = 12;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
export const MAJOR_VERSION = 1;
export const MINOR_VERSION = 2;

/** Returns the format version of a block with threads, 1 to 9; 0 for other blocks. */
export function threadsVersion(type: number): number {
  switch (type) {
    case Block.threads1:
    case Block.threads1Internal:
      return 1;
    case Block.threads2:
    case Block.threads2Internal:
      return 2;
    case Block.threads3:
    case Block.threads3Internal:
      return 3;
    case Block.threads4:
      return 4;
    case Block.threads5:
      return 5;
    case Block.threads6:
      return 6;
    case Block.threads7:
      return 7;
    case Block.threads8:
      return 8;
    case Block.threads9:
      return 9;
    default:
      return 0;
  }
}

/** Layout of an event block. */
export interface EventForm {
  /** Number of bytes between block header and event: CPU number (u16), and flags (u32) if the block has flags. */
  readonly lead: 2 | 6;
  /** Whether the event header contains the number of parameters. Old events lack it. */
  readonly counted: boolean;
}

const forms = new Map<number, EventForm>([
  [Block.event1, { lead: 2, counted: false }],
  [Block.event1Internal, { lead: 2, counted: false }],
  [Block.flaggedEvent1, { lead: 6, counted: false }],
  [Block.event2, { lead: 2, counted: true }],
  [Block.event2Large, { lead: 2, counted: true }],
  [Block.flaggedEvent2, { lead: 6, counted: true }],
  [Block.flaggedEvent2Large, { lead: 6, counted: true }],
]);

/** Returns the layout of an event block by its type; undefined for other blocks. */
export function eventForm(type: number): EventForm | undefined {
  return forms.get(type);
}

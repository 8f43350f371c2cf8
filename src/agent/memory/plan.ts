import type { HeapLimits } from "../../worker/heap.ts";

const MiB = 2 ** 20;

/**
 * Memory that each part of the program needs, in bytes, measured with the default rules under moderate load on Linux
 * 6.18 with Node.js 24 (docs/small-memory.md).
 */
export const needs = {
  /** Engine, rules, state of the machine, and the workers of journal and outputs. */
  core: 128 * MiB,
  /** The worker of the web UI, with a small journal. */
  page: 120 * MiB,
  /** The worker that examines executables, with new executables and the package databases of a large machine. */
  identity: 48 * MiB,
  /** The file integrity worker during its first scan. */
  files: 48 * MiB,
} as const;

/** Minimum memory limit at which buffers have their configured sizes, in bytes. Lower limits are called small. */
const AMPLE = 1024 * MiB;
/**
 * Memory in use without alerts, in bytes. The share of alerts depends on the remaining memory, and is at least
 * {@link LEAST_SHARE} of the configured memory.
 */
const RESIDENT = 96 * MiB;
const LEAST_SHARE = 1 / 32;
/** Heap that the engine needs with the default rules and many alerts, in MiB. */
const LEAST_MAIN_HEAP = 64;
/** Heap that a worker needs under load, in MiB. */
const LEAST_HEAP = 40;
/** Memory used by the state of a thread with long arguments and environment, in bytes. */
const THREAD = 4096;
/** Fraction of a small limit that all ring buffers together may use, as a divisor. */
const SMALL_SHARE = 32;
/**
 * Minimum size of a reduced ring buffer, in bytes. If the total is still too large, several CPUs share a ring buffer.
 */
const LEAST_RING = 256 * 1024;

/**
 * Maximum number of bytes that are moved from each ring buffer to memory when events arrive faster than they are
 * evaluated. With more, alerts would be late and memory would grow during a flood. With less, short bursts of a single
 * process would exceed its share of the ring buffer.
 */
export const CUSHION = 12 << 20;
/**
 * Value of {@link CUSHION} while rules are loaded and until V8 has optimized the code that evaluates events, and number
 * of events after which it has. Not a duration, because a machine can be idle for a long time before a flood.
 */
export const [COLD_CUSHION, COLD_EVENTS] = [32 << 20, 1_000_000];

/** Size of a ring buffer in bytes for a `buf_size_preset`: 1 is 1 MiB, and each step doubles the size. */
export function ringSize(preset: number): number {
  return 2 ** (19 + preset);
}

/** Configured sizes, before they are reduced. */
export interface Wanted {
  /** Size of a ring buffer in bytes, a power of two. */
  readonly ringSize: number;
  /** Number of CPUs that share a ring buffer; 0 if all CPUs share one. */
  readonly cpusPerRing: number;
  readonly onlineCpus: number;
  readonly page: boolean;
}

/** Sizes of buffers, caches and heaps, and the optional parts, that fit within a memory limit. */
export interface MemoryPlan {
  readonly limit: number;
  /** Whether buffers, caches and heaps are reduced because the limit is small. */
  readonly isSmall: boolean;
  /** Memory that the program needs with these sizes, without the optional parts, in bytes. */
  readonly needed: number;
  readonly ringSize: number;
  readonly cpusPerRing: number;
  /**
   * Maximum number of bytes that are moved from each ring buffer to memory when events arrive faster than they are
   * evaluated.
   */
  readonly relief: number | undefined;
  /** Fraction of the configured memory that alerts may use until they are on disk; 1 unless the limit is small. */
  readonly alertShare: number;
  /** Maximum number of threads in the thread table. */
  readonly maxThreads: number | undefined;
  /** Maximum total size of SQLite caches, in bytes; undefined keeps their default limits. */
  readonly sqlite: number | undefined;
  readonly heaps: HeapLimits | undefined;
  /** Limit of the heap of the main thread in MiB. */
  readonly mainHeap: number | undefined;
  /** Whether the limit is large enough for the web UI. */
  readonly page: boolean;
  /** Memory needed with the web UI, in bytes. */
  readonly neededWithPage: number;
  /** Whether the limit is large enough to examine executables, in addition to the web UI if it is open. */
  readonly identity: boolean;
  readonly neededWithIdentity: number;
  /** Whether the limit is large enough for file integrity, in addition to the parts above. */
  readonly files: boolean;
  readonly neededWithFiles: number;
}

/** Determines the sizes of ring buffers, caches and heaps, and the optional parts, that fit in `limit` bytes. */
export function planMemory(limit: number, wanted: Wanted): MemoryPlan {
  const { ringSize: size, cpusPerRing: cpus, onlineCpus } = wanted;
  const ringsOf = (perRing: number): number => (perRing === 0 ? 1 : Math.ceil(onlineCpus / perRing));
  const isSmall = limit < AMPLE;
  let ringSize = size;
  let cpusPerRing = cpus;
  const budget = limit / (isSmall ? SMALL_SHARE : 4);
  while (ringSize > LEAST_RING && ringSize * ringsOf(cpusPerRing) > budget) ringSize /= 2;
  while (cpusPerRing !== 0 && ringsOf(cpusPerRing) > 1 && ringSize * ringsOf(cpusPerRing) > budget) cpusPerRing *= 2;
  const rings = ringsOf(cpusPerRing);
  const needed = needs.core + ringSize * rings;
  const neededWithPage = Math.ceil(((needs.core + needs.page) * SMALL_SHARE) / (SMALL_SHARE - 1));
  const page = limit >= neededWithPage;
  const neededWithIdentity = (wanted.page && page ? neededWithPage : needed) + needs.identity;
  const neededWithFiles = neededWithIdentity + needs.files;
  return {
    ...{ limit, isSmall, needed, ringSize, cpusPerRing, page, neededWithPage },
    ...{ identity: limit >= neededWithIdentity, neededWithIdentity },
    ...{ files: limit >= neededWithFiles, neededWithFiles },
    relief: isSmall ? Math.min(CUSHION, Math.max(256 * 1024, Math.floor(limit / 32 / rings))) : undefined,
    alertShare: isSmall ? Math.max(LEAST_SHARE, (limit - RESIDENT) / AMPLE) : 1,
    maxThreads: isSmall ? Math.floor(limit / 4 / THREAD) : undefined,
    sqlite: isSmall ? Math.floor(limit / 48) : undefined,
    mainHeap: isSmall ? Math.max(LEAST_MAIN_HEAP, Math.floor(limit / 3 / MiB)) : undefined,
    heaps: isSmall ? { old: Math.max(LEAST_HEAP, Math.floor(limit / 4 / MiB)), young: 6 } : undefined,
  };
}

import type { HeapLimits } from "../../worker/heap.ts";

const MiB = 2 ** 20;

/**
 * Bytes of memory needed by the parts of the program, measured with the default rules under moderate load on Linux 6.18
 * with Node.js 24 (docs/small-memory.md).
 */
export const needs = {
  /** Engine, rules, state of the machine, and the workers of journal and outputs. */
  core: 128 * MiB,
  /** The worker of the web page, with a small journal. */
  page: 120 * MiB,
  /** The worker that examines executables, with new executables and the package databases of a large machine. */
  identity: 48 * MiB,
  /** The file integrity worker during its first scan. */
  files: 48 * MiB,
} as const;

/** Limits above this are not small: all buffers have their configured sizes. */
const AMPLE = 1024 * MiB;
/**
 * Bytes in use without alerts. Alerts get a share of the rest, at least {@link LEAST_SHARE} of their configured memory.
 */
const RESIDENT = 96 * MiB;
const LEAST_SHARE = 1 / 32;
/** MiB of heap that the engine needs with the default rules and many alerts. */
const LEAST_MAIN_HEAP = 64;
/** MiB of heap that a worker needs under load. */
const LEAST_HEAP = 40;
/** Size of a thread with long arguments and environment, in bytes. */
const THREAD = 4096;
/** Divisor for the rings' share of a small limit. */
const SMALL_SHARE = 32;
/** Bytes below which several CPUs share a ring. */
const LEAST_RING = 256 * 1024;

/** Size of a ring in bytes by `buf_size_preset`: 1 is 1 MiB, and each step doubles it. */
export function ringSize(preset: number): number {
  return 2 ** (19 + preset);
}

/** Configured buffers. */
export interface Wanted {
  /** Size of a ring in bytes, a power of two. */
  readonly ringSize: number;
  /** CPUs per ring; 0 for a single ring. */
  readonly cpusPerRing: number;
  readonly onlineCpus: number;
  readonly page: boolean;
}

/** Buffer sizes within a memory limit. */
export interface MemoryPlan {
  readonly limit: number;
  /** Whether buffers, caches and heaps are smaller than without a limit. */
  readonly isSmall: boolean;
  /** Bytes that the program needs with these sizes. */
  readonly needed: number;
  readonly ringSize: number;
  readonly cpusPerRing: number;
  /** Maximum number of bytes per ring that are copied to memory when events arrive faster than they are evaluated. */
  readonly relief: number | undefined;
  /** Share of the configured memory for alerts that are not on disk yet; 1 without a small limit. */
  readonly alertShare: number;
  /** Maximum number of threads in the state of the machine. */
  readonly maxThreads: number | undefined;
  /** Maximum total size of SQLite caches, in bytes; undefined keeps their default limits. */
  readonly sqlite: number | undefined;
  readonly heaps: HeapLimits | undefined;
  /** Limit of the heap of the main thread in MiB. */
  readonly mainHeap: number | undefined;
  /** Whether the web page fits. */
  readonly page: boolean;
  /** Bytes needed including the web page. */
  readonly neededWithPage: number;
  /** Whether the examination of executables fits, in addition to an open web page. */
  readonly identity: boolean;
  readonly neededWithIdentity: number;
  /** Whether file integrity fits, in addition to the parts above. */
  readonly files: boolean;
  readonly neededWithFiles: number;
}

/** Plans rings, caches, heaps, web page and workers within `limit` bytes. */
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
    relief: isSmall ? Math.max(256 * 1024, Math.floor(limit / 16 / rings)) : undefined,
    alertShare: isSmall ? Math.max(LEAST_SHARE, (limit - RESIDENT) / AMPLE) : 1,
    maxThreads: isSmall ? Math.floor(limit / 4 / THREAD) : undefined,
    sqlite: isSmall ? Math.floor(limit / 48) : undefined,
    mainHeap: isSmall ? Math.max(LEAST_MAIN_HEAP, Math.floor(limit / 3 / MiB)) : undefined,
    heaps: isSmall ? { old: Math.max(LEAST_HEAP, Math.floor(limit / 4 / MiB)), young: 6 } : undefined,
  };
}

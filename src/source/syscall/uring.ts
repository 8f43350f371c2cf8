import { release } from "node:os";
import { syscallId } from "../../event/syscalls.ts";
import { attach, type BpfObject, closeObject, freezeMap, objectOf } from "./bpf.ts";
import { type LoadedObject, loadObject } from "./object.ts";
import { SensorError } from "./sensor-error.ts";
import type { Variant } from "./variant.ts";

/** IDs of calls that have an io_uring operation, as in the table `same_call` of probe/uring.bpf.c. */
export const URING_CALLS: ReadonlySet<number> = new Set(
  `accept4 bind close connect dup epoll_ctl fallocate fsetxattr ftruncate linkat listen mkdirat openat openat2 renameat2 setxattr
  shutdown socket splice statx symlinkat tee unlinkat`
    .split(/\s+/)
    .map((name) => syscallId.get(name) ?? -1),
);

/**
 * Programs and their tracepoints. In each list, the first program that the kernel accepts is attached, since the
 * tracepoints differ between kernel versions.
 */
const ATTACHED: readonly (readonly (readonly [program: string, tracepoint: string])[])[] = [
  [
    ["complete_values", "io_uring_complete"],
    ["complete", "io_uring_complete"],
  ],
  [["cqe_overflow", "io_uring_cqe_overflow"]],
  [
    ["submit_req", "io_uring_submit_req"],
    ["submit_req", "io_uring_submit_sqe"],
  ],
];

/** Oldest major version of Linux that the programs support. */
const OLDEST = 6;

/** Error for a tracepoint that does not exist, as in a kernel without io_uring. */
const ENOENT = 2;

/** Returns the reason why this kernel, or the variant of the probe, cannot run the programs; undefined if it can. */
export function uringObstacle(variant?: Variant): string | undefined {
  if (Number.parseInt(release(), 10) < OLDEST)
    return `this requires Linux ${OLDEST}.0 or newer, but the kernel is ${release()}`;
  return variant?.kind === "portable"
    ? "the portable probe does not record them; this requires a kernel that provides BTF"
    : undefined;
}

/** The programs that record io_uring operations in the maps of the probe. */
export class Uring {
  private readonly object: LoadedObject;
  /** Links by program name. */
  readonly links = new Map<string, BpfObject>();

  /**
   * @param shared maps of the probe
   * @throws SensorError if this kernel cannot run the programs; see {@link uringObstacle}
   */
  constructor(shared: ReadonlyMap<string, BpfObject>) {
    this.object = loadObject("-uring", () => 0, shared);
  }

  /**
   * @returns whether the kernel supports io_uring
   * @throws SensorError if the kernel lacks a tracepoint of io_uring
   */
  attach(): boolean {
    for (const { fd } of this.object.maps.values()) freezeMap(fd);
    for (const variants of ATTACHED) {
      let error = 0;
      for (const [program, tracepoint] of variants) {
        error = attach(this.object.programs.get(program)?.fd ?? -1, tracepoint);
        if (error < 0) continue;
        this.links.set(program, objectOf(error));
        break;
      }
      if (error === -ENOENT && this.links.size === 0) return false;
      if (error < 0) throw new SensorError(`the kernel has no tracepoint ${variants[0]?.[1]} (error ${-error})`);
    }
    return true;
  }

  get maps(): ReadonlyMap<string, BpfObject> {
    return this.object.maps;
  }

  get programs(): ReadonlyMap<string, BpfObject> {
    return this.object.programs;
  }

  detach(): void {
    for (const link of this.links.values()) closeObject(link);
    this.links.clear();
  }

  close(): void {
    this.detach();
    for (const object of [...this.object.maps.values(), ...this.object.programs.values()]) closeObject(object);
  }
}

import { syscallId } from "../../event/syscalls.ts";
import { attach, type BpfObject, closeObject, freezeMap, objectOf } from "./bpf.ts";
import type { LoadedObject } from "./object.ts";
import { SensorError } from "./sensor-error.ts";
import { loadVariant, type Variant } from "./variant.ts";

/** Programs and their tracepoints. The names of the tracepoints are the same as in the event tables. */
const PROGRAMS: readonly (readonly [program: string, tracepoint: string])[] = [
  ["signal_delivered", "signal_deliver"],
  ["user_fault", "page_fault_user"],
  ["kernel_fault", "page_fault_kernel"],
  ["switched", "sched_switch"],
];

const idOf = (tracepoint: string): number => syscallId.get(tracepoint) ?? -1;

/** IDs of the tracepoints in the system call tables. */
export const TRACEPOINTS: ReadonlySet<number> = new Set(PROGRAMS.map(([, tracepoint]) => idOf(tracepoint)));

/** The programs that record delivered signals, page faults and task switches in the maps of the probe. */
export class Tracepoints {
  private readonly object: LoadedObject;
  /** Links by program name. */
  readonly links = new Map<string, BpfObject>();

  /**
   * @param shared maps of the probe
   * @throws SensorError if this kernel cannot run the programs
   */
  constructor(variant: Variant, shared: ReadonlyMap<string, BpfObject>) {
    this.object = loadVariant(variant, "-tracepoints", () => 0, shared);
    for (const { fd } of this.object.maps.values()) freezeMap(fd);
  }

  /**
   * Attaches the programs of wanted tracepoints, and detaches the others.
   * @throws SensorError if the kernel lacks wanted tracepoints, after attaching the programs for the other tracepoints
   */
  want(wanted: ReadonlySet<number>): void {
    const missing: string[] = [];
    for (const [program, tracepoint] of PROGRAMS) {
      const link = this.links.get(program);
      const isWanted = wanted.has(idOf(tracepoint));
      if (isWanted === (link !== undefined)) continue;
      if (link !== undefined) {
        closeObject(link);
        this.links.delete(program);
        continue;
      }
      const fd = attach(this.object.programs.get(program)?.fd ?? -1, tracepoint);
      if (fd < 0) missing.push(`${tracepoint} (error ${-fd})`);
      else this.links.set(program, objectOf(fd));
    }
    if (missing.length > 0) throw new SensorError(`the kernel has no tracepoint ${missing.join(", ")}`);
  }

  get maps(): ReadonlyMap<string, BpfObject> {
    return this.object.maps;
  }

  get programs(): ReadonlyMap<string, BpfObject> {
    return this.object.programs;
  }

  close(): void {
    for (const link of this.links.values()) closeObject(link);
    this.links.clear();
    for (const object of [...this.object.maps.values(), ...this.object.programs.values()]) closeObject(object);
  }
}

import { attach, type BpfObject, closeObject, freezeMap, objectOf } from "./bpf.ts";
import { type LoadedObject, loadObject } from "./object.ts";
import { SensorError } from "./sensor-error.ts";

/** Programs and their tracepoints, which exist since Linux 6.3. */
const PROGRAMS: readonly (readonly [program: string, tracepoint: string])[] = [
  ["socket_sent", "sock_send_length"],
  ["socket_received", "sock_recv_length"],
];

/** The attached programs that record in the probe's maps which threads transfer data to or from DNS servers. */
export class Transfers {
  private readonly object: LoadedObject;
  /** Links by program name. */
  readonly links = new Map<string, BpfObject>();

  /**
   * @param shared maps of the probe
   * @throws SensorError if this kernel cannot run the programs or lacks a tracepoint
   */
  constructor(shared: ReadonlyMap<string, BpfObject>) {
    this.object = loadObject("-transfers", () => 0, shared);
    for (const { fd } of this.object.maps.values()) freezeMap(fd);
    for (const [program, tracepoint] of PROGRAMS) {
      const fd = attach(this.object.programs.get(program)?.fd ?? -1, tracepoint);
      if (fd < 0) {
        this.close();
        throw new SensorError(`the kernel has no tracepoint ${tracepoint} (error ${-fd})`);
      }
      this.links.set(program, objectOf(fd));
    }
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

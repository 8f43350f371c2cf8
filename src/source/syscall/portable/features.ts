import { createRing, loadRawTracepoint, run } from "../bpf.ts";
import { closeDescriptor, pageSize, raiseMemoryLimit } from "../libc.ts";

/** A program that returns 0: r0 = 0; exit. */
const NOTHING = new Uint8Array(128);
NOTHING.set([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95]);

/**
 * Returns the features that the portable probe needs and this kernel lacks, by trying them, since distributions add
 * features of newer versions to older kernels.
 */
export function missingFeatures(): string[] {
  raiseMemoryLimit();
  const missing: string[] = [];
  const EINVAL = -22;
  const ring = createRing(pageSize());
  if (ring >= 0) closeDescriptor(ring);
  else if (ring === EINVAL) missing.push("eBPF ring buffers (Linux 5.8)");
  const program = loadRawTracepoint({ name: "nothing", instructions: NOTHING.subarray(0, 16) });
  if (program < 0) {
    if (program === EINVAL) missing.push("eBPF programs at raw tracepoints (CONFIG_BPF_EVENTS=y)");
    return missing;
  }
  if (run(program, undefined) < 0) missing.push("runs of such programs by user space (Linux 5.10)");
  closeDescriptor(program);
  return missing;
}

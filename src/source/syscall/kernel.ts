import { readFileSync } from "node:fs";
import { release } from "node:os";
import { missingFeatures } from "./portable/features.ts";
import { SensorError } from "./sensor-error.ts";
import { uringObstacle } from "./uring.ts";
import { type Variant, variantFor } from "./variant.ts";

const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

/**
 * Returns the variant of the probe for this kernel.
 * @param btfFile file with type information, for a kernel that does not provide it
 * @throws SensorError if the kernel has no BTF or lacks other features, or if this process lacks capabilities
 */
export function requireKernel(btfFile: string | undefined): Variant {
  const variant = variantFor(btfFile);
  requireCapabilities();
  if (variant.kind === "portable") requireFeatures();
  return variant;
}

/** Without the capabilities that are required to try a feature, it is not considered missing. */
function requireFeatures(): void {
  const missing = missingFeatures();
  if (missing.length === 0) return;
  throw new SensorError(
    `This kernel (${release()}) cannot run the probe: it lacks ${missing.join(", and ")}. Captures (\`eyas replay\`), file integrity and the other event sources do not need the probe; with \`engine.kind: nodriver\`, Eyas runs without it.`,
  );
}

/** What `eyas run --dry-run` and the log state about the kernel; see {@link kernelRemarks}. */
export interface KernelRemarks {
  /** Why system calls cannot be watched. */
  readonly obstacle?: string;
  /** Why the portable variant of the probe is used. */
  readonly portable?: string;
  /** Why io_uring operations cannot be watched. */
  readonly uring?: string;
}

/** Returns what the kernel limits, without loading the probe and without requiring capabilities. */
export function kernelRemarks(btfFile: string | undefined): KernelRemarks {
  try {
    const variant = variantFor(btfFile);
    if (variant.kind === "portable") requireFeatures();
    const uring = uringObstacle(variant);
    return {
      ...(variant.kind === "portable" && { portable: variant.reason }),
      ...(uring !== undefined && { uring }),
    };
  } catch (error) {
    if (error instanceof SensorError) return { obstacle: error.message };
    throw error;
  }
}

function requireCapabilities(): void {
  const effective = capabilities();
  const has = (capability: bigint) => ((effective >> capability) & 1n) === 1n;
  if (!has(CAP_SYS_ADMIN) && !(has(CAP_BPF) && has(CAP_PERFMON))) {
    throw new SensorError(
      "Watching system calls requires the capabilities CAP_BPF and CAP_PERFMON: run as root, or grant them (AmbientCapabilities= in systemd, --cap-add in Docker, securityContext in Kubernetes).",
    );
  }
}

function capabilities(): bigint {
  const line = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"));
  return line === null ? 0n : BigInt(`0x${line[1]}`);
}

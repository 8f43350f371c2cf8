import { existsSync, readFileSync, statSync } from "node:fs";
import { release } from "node:os";
import type { BpfObject } from "./bpf.ts";
import { isAtLeast } from "./kernel-version.ts";
import { type LoadedObject, loadObject } from "./object.ts";
import { Btf, MAX_BTF } from "./portable/btf.ts";
import { loadPortable } from "./portable/load.ts";
import { SensorError } from "./sensor-error.ts";

/** Type information of the running kernel. */
export const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

/** Oldest kernel version that relocates eBPF programs (CO-RE) itself, and has all functions that the usual probe calls. */
const USUAL = [5, 17] as const;

/** Set to `portable`, it selects that variant on any kernel. For tests. */
const FORCED = "EYAS_PROBE";

/** A variant of the probe; see probe/variant.h. */
export type Variant =
  | { readonly kind: "usual" }
  | {
      readonly kind: "portable";
      /** File with the type information of the kernel. */
      readonly btf: string;
      /** Why this kernel needs this variant. */
      readonly reason: string;
    };

/** What the variant depends on. */
export interface Machine {
  /** Version of the kernel. */
  readonly version: string;
  /** Whether the kernel provides its type information. */
  readonly hasBtf: boolean;
  /** File with type information, for a kernel that does not provide it. */
  readonly btfFile: string | undefined;
  /** Variant to use although the kernel does not need it. */
  readonly forced?: string | undefined;
}

/**
 * Returns the variant of the probe for this kernel.
 * @param btfFile file with type information, for a kernel that does not provide it
 * @throws SensorError if no variant can run
 */
export function variantFor(btfFile: string | undefined): Variant {
  return variantOn({ version: release(), hasBtf: existsSync(KERNEL_BTF), btfFile, forced: process.env[FORCED] });
}

/** Returns the variant of the probe for a kernel; see {@link variantFor}. */
export function variantOn({ version, hasBtf, btfFile, forced }: Machine): Variant {
  if (!hasBtf && btfFile === undefined) {
    throw new SensorError(
      `The kernel provides no BTF type information (${KERNEL_BTF} is missing): use a kernel built with CONFIG_DEBUG_INFO_BTF=y, or name a BTF file of this kernel in \`engine.modern_ebpf.btf_file\`; in a container, mount /sys.`,
    );
  }
  const btf = hasBtf || btfFile === undefined ? KERNEL_BTF : btfFile;
  if (!isAtLeast(version, USUAL))
    return { kind: "portable", btf, reason: `Linux ${version} is older than ${USUAL.join(".")}` };
  if (!hasBtf)
    return { kind: "portable", btf, reason: `the kernel provides no BTF, which is read from ${btf} instead` };
  if (forced === "portable") return { kind: "portable", btf, reason: `${FORCED} is set` };
  return { kind: "usual" };
}

/** Loads an object of a variant; see `loadObject`. */
export function loadVariant(
  variant: Variant,
  suffix: "" | "-tracepoints",
  entries: (map: string) => number,
  shared: ReadonlyMap<string, BpfObject> = new Map(),
): LoadedObject {
  if (variant.kind === "usual") return loadObject(suffix, entries, shared);
  return loadPortable(suffix, readBtf(variant.btf), entries, shared);
}

function readBtf(file: string): Btf {
  let bytes: Uint8Array;
  try {
    const found = statSync(file);
    if (!found.isFile()) throw new Error("it is not a regular file");
    if (found.size > MAX_BTF) throw new Error(`it has ${found.size} bytes, more than ${MAX_BTF}`);
    bytes = readFileSync(file);
  } catch (error) {
    throw new SensorError(
      `The BTF type information in ${file} cannot be read: ${error instanceof Error ? error.message : error}.`,
    );
  }
  return new Btf(bytes, file);
}

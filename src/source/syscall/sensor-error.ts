import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import type { LoadStep } from "./bpf.ts";

/**
 * Error for system calls that cannot be watched, or only in part. The message states the cause and, where possible, the
 * fix.
 */
export class SensorError extends Error {
  override readonly name = "SensorError";
}

const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;
/** Oldest kernel version that relocates eBPF programs (CO-RE) in the kernel. */
const OLDEST = [5, 17] as const;

const [EPERM, ENOENT, EACCES, EINVAL, ENFILE, EMFILE, ENOSYS] = [1, 2, 13, 22, 23, 24, 38];

/** @throws SensorError if the kernel is too old or has no BTF, or if this process lacks capabilities */
export function requireKernel(): void {
  const version = /^(\d+)\.(\d+)/.exec(release());
  if (version !== null) {
    const [major, minor] = [Number(version[1]), Number(version[2])];
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      throw new SensorError(
        `Watching system calls requires Linux ${OLDEST.join(".")} or newer; the kernel is ${release()}.`,
      );
    }
  }
  if (!existsSync("/sys/kernel/btf/vmlinux")) {
    throw new SensorError(
      "The kernel provides no BTF type information (/sys/kernel/btf/vmlinux is missing): use a kernel built with CONFIG_DEBUG_INFO_BTF=y, and mount /sys in the container.",
    );
  }
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

/** Returns the error for a failed step of loading. */
export function loadFailure(step: LoadStep, error: number, log: string): SensorError {
  // Checked before the log, which the kernel also writes if only the last step of loading fails.
  if (-error === EMFILE || -error === ENFILE)
    return new SensorError(
      "The probe could not be loaded: too many open files. Raise the limit (LimitNOFILE= in systemd, --ulimit nofile= in Docker and Podman).",
    );
  if (log !== "")
    return new SensorError(`This kernel (${release()}) does not accept the probe; please report this problem: ${log}`);
  switch (-error) {
    case ENOSYS:
      return new SensorError("The kernel has no bpf system call: use a kernel built with CONFIG_BPF_SYSCALL=y.");
    case EPERM:
    case EACCES:
      return new SensorError(
        "The kernel rejected the probe although the capabilities are granted: kernel lockdown, a security module or a seccomp profile (Docker's default one) forbids the bpf system call; allow it for this process.",
      );
    case EINVAL:
    case ENOENT:
      return new SensorError(
        `This kernel (${release()}) cannot run the probe: it lacks a feature that Linux ${OLDEST.join(".")} has with CONFIG_BPF_EVENTS=y.`,
      );
    default:
      return new SensorError(
        `The probe could not be loaded (step ${step}, error ${-error}${log === "" ? "" : `, ${log}`}).`,
      );
  }
}

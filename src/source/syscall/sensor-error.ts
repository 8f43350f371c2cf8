import { release } from "node:os";
import type { LoadStep } from "./bpf.ts";

/**
 * Error for system calls that cannot be watched, or only in part. The message states the cause and, where possible, the
 * fix.
 */
export class SensorError extends Error {
  override readonly name = "SensorError";
}

const [EPERM, ENOENT, EACCES, EINVAL, ENFILE, EMFILE, ENOSYS] = [1, 2, 13, 22, 23, 24, 38];

/**
 * Returns the error for a failed step of loading.
 * @param oldest oldest version of Linux that supports the variant of the probe
 */
export function loadFailure(step: LoadStep, error: number, log: string, oldest = "5.17"): SensorError {
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
        `This kernel (${release()}) cannot run the probe: it lacks a feature that Linux ${oldest} has with CONFIG_BPF_EVENTS=y.`,
      );
    default:
      return new SensorError(
        `The probe could not be loaded (step ${step}, error ${-error}${log === "" ? "" : `, ${log}`}).`,
      );
  }
}

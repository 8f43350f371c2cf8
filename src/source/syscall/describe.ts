import { flag, later, number, own, section, text, texts, UNBOUNDED } from "../../setting/shape.ts";
import { describeSyscalls } from "../descriptor.ts";

const presets = number(
  4,
  "Size of a ring buffer: 1 is 1 MiB, 2 is 2 MiB, 3 is 4 MiB, 4 is 8 MiB, up to 10, which is 512 MiB.",
  [1, 10],
);

/** Keys of Falco's kernel module engine. They have the same effect as the keys of the modern eBPF engine. */
export const moduleEngine = section("Keys that apply with `kind: kmod`.", {
  buf_size_preset: presets,
  drop_failed_exit: flag(false, "Omit failed system calls."),
});

/** Engine that records events of the running kernel with `LiveSource`. */
export const kernelEngine = {
  kind: "modern_ebpf",
  section: section("The running kernel.", {
    cpus_for_each_buffer: number(2, "CPUs per ring buffer; 0: one ring buffer for all CPUs.", [0, 65_535]),
    buf_size_preset: presets,
    drop_failed_exit: flag(false, "Omit failed system calls."),
    btf_file: own(
      text(
        "",
        "A BTF file of the running kernel, in the format of `/sys/kernel/btf/vmlinux`. Used only if the kernel does not provide that file; also with `kind: kmod`.",
      ),
    ),
    disable_iterators: later(
      "Read processes from /proc instead of BPF iterators.",
      flag(false, ""),
      "Eyas always reads processes from /proc, which is what this key selects",
    ),
  }),
} as const;

/** The values that 0 stands for, as in Falco. */
export const DEFAULT_THREADS = 262_144;
export const DEFAULT_SNAPLEN = 80;

export const syscall = describeSyscalls({
  name: "syscall",
  about: "System calls on this machine or from a capture.",
  rules: ["syscall.yaml", "syscall_incubating.yaml", "syscall_threats.yaml"],
  sections: {
    base_syscalls: section("System calls to watch in addition to the calls that rules need.", {
      custom_set: texts(
        "Replaces the system calls that are monitored to track the state of the machine. `!name` excludes a call even if a rule needs it.",
      ),
      repair: flag(
        false,
        "Also monitor the minimum set of system calls that is required to track the state of the machine.",
      ),
      all: flag(false, "Also monitor frequent calls (`read`, `write`, …) that are named in rules."),
    }),
    falco_libs: section("Limits.", {
      thread_table_size: number(
        DEFAULT_THREADS,
        "Maximum number of threads in memory. 0: the default.",
        [0, 4_294_967_295],
      ),
      thread_table_auto_purging_interval_s: number(300, "Seconds between two purges of exited threads.", [
        1,
        UNBOUNDED,
      ]),
      thread_table_auto_purging_thread_timeout_s: number(
        300,
        "Seconds without an event after which a purge checks whether a thread has exited.",
        [1, UNBOUNDED],
      ),
      snaplen: number(
        DEFAULT_SNAPLEN,
        "Maximum number of bytes of data to capture for each read or write. 0: the default.",
        [0, 65_000],
      ),
    }),
  },
});

/** Keys of the section `engine` that apply to the running kernel. */
export interface EngineSettings {
  readonly kind: string;
  readonly kmod: { readonly buf_size_preset: number; readonly drop_failed_exit: boolean };
  readonly modern_ebpf: {
    readonly cpus_for_each_buffer: number;
    readonly buf_size_preset: number;
    readonly drop_failed_exit: boolean;
    readonly btf_file: string;
  };
}

/** Returns the settings that apply to the kind of engine. */
export function kernelSettings({ kind, kmod, modern_ebpf }: EngineSettings): EngineSettings["modern_ebpf"] {
  return kind === "kmod" ? { ...kmod, cpus_for_each_buffer: 1, btf_file: modern_ebpf.btf_file } : modern_ebpf;
}

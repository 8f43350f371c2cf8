import type { Config } from "../config/load.ts";
import { syscallName } from "../event/syscalls.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { LiveSource } from "../source/syscall/live.ts";
import { SensorError } from "../source/syscall/refusal.ts";
import { selectCalls } from "../source/syscall/select.ts";
import type { Log } from "../telemetry/log.ts";
import { CannotWatch } from "./failure.ts";

/** Bytes of a ring by `buf_size_preset`: 1 is 1 MiB, and each step doubles it. */
const ringSize = (preset: number): number => 2 ** (19 + preset);

/**
 * Opens the running kernel.
 * @param calls ids of the system calls to be told of
 * @throws CannotWatch with one sentence that says what is missing
 */
export function openLive(calls: ReadonlySet<number>, config: Config): LiveSource {
  const { buf_size_preset, cpus_for_each_buffer, drop_failed_exit } = config.engine.modern_ebpf;
  try {
    return new LiveSource({
      calls,
      ringSize: ringSize(buf_size_preset),
      cpusPerRing: cpus_for_each_buffer,
      snaplen: config.falco_libs.snaplen,
      dropFailed: drop_failed_exit,
      hostRoot: process.env.HOST_ROOT ?? "/",
    });
  } catch (error) {
    throw error instanceof SensorError ? new CannotWatch(error.message) : error;
  }
}

/** Ids of the calls that rules and the state of the machine need, as `base_syscalls` wants it. */
export function callsFor(rules: readonly LoadedRule[], { base_syscalls }: Config, log: Log): ReadonlySet<number> {
  const { custom_set, repair, all } = base_syscalls;
  const needed = new Set(rules.flatMap((rule) => [...rule.bound.calls()]));
  const { calls, unwatched, unknownNames } = selectCalls(needed, { customSet: custom_set, repair, all });
  for (const name of unknownNames) log("warning", `base_syscalls.custom_set: there is no system call ${name}.`);
  if (unwatched.length > 0) {
    const names = unwatched.map((id) => syscallName[id]).join(", ");
    log(
      "warning",
      `Rules wait for calls that are not watched (base_syscalls.all watches the frequent ones): ${names}.`,
    );
  }
  return calls;
}

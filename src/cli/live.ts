import type { Config } from "../config/load.ts";
import { syscallId } from "../event/syscalls.ts";
import { stateSyscalls } from "../event/types.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { LiveSource } from "../source/syscall/live.ts";
import { SensorError } from "../source/syscall/refusal.ts";
import type { Log } from "../telemetry/log.ts";
import { Failure } from "./failure.ts";

/** Bytes of a ring by `buf_size_preset`: 1 is 1 MiB, and each step doubles it. */
const ringSize = (preset: number): number => 2 ** (19 + preset);

/**
 * Opens the running kernel, subscribed to what the rules and the state need.
 * @throws Failure with one sentence that says what is missing
 */
export function openLive(rules: readonly LoadedRule[], config: Config, log: Log): LiveSource {
  const { buf_size_preset, cpus_for_each_buffer, drop_failed_exit } = config.engine.modern_ebpf;
  try {
    return new LiveSource({
      calls: callsFor(rules, config, log),
      ringSize: ringSize(buf_size_preset),
      cpusPerRing: cpus_for_each_buffer,
      snaplen: config.falco_libs.snaplen,
      dropFailed: drop_failed_exit,
      hostRoot: process.env.HOST_ROOT ?? "/",
    });
  } catch (error) {
    throw error instanceof SensorError ? new Failure(error.message) : error;
  }
}

function callsFor(rules: readonly LoadedRule[], { base_syscalls }: Config, log: Log): Set<number> {
  const calls = new Set<number>(base_syscalls.custom_set.some((name) => !name.startsWith("!")) ? [] : stateSyscalls);
  for (const rule of rules) for (const id of rule.bound.calls()) calls.add(id);
  for (const name of base_syscalls.custom_set) {
    const excluded = name.startsWith("!");
    const id = syscallId.get(excluded ? name.slice(1) : name);
    if (id === undefined) log("warning", `base_syscalls.custom_set: there is no system call ${name}.`);
    else if (excluded) calls.delete(id);
    else calls.add(id);
  }
  return calls;
}

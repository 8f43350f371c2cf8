import type { Machine } from "../../machine/machine.ts";
import type { Component } from "../component.ts";

/**
 * Minimum pause between two containers, and interval between checks while all containers have been read, in
 * milliseconds.
 */
const [BETWEEN, IDLE] = [10, 500];
/** Ratio of the pause after each read to the duration of the read. */
const SHARE = 20;

/** Reads the users and groups of containers that were already running, one container at a time, between events. */
export function readAccountsOfContainers(machine: Pick<Machine, "readAccounts">): Component {
  let timer = setTimeout(step, IDLE).unref();
  function step(): void {
    const began = performance.now();
    const hasMore = machine.readAccounts();
    const spent = performance.now() - began;
    timer = setTimeout(step, hasMore ? Math.max(BETWEEN, spent * SHARE) : IDLE).unref();
  }
  return { close: () => clearTimeout(timer) };
}

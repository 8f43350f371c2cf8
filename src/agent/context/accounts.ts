import type { Machine } from "../../machine/machine.ts";
import type { Component } from "../component.ts";

/**
 * Minimum time between reads for two containers, and interval between checks when there is nothing to read, in
 * milliseconds.
 */
const [BETWEEN, IDLE] = [10, 500];
/** Reading uses at most 1/SHARE of the time. */
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

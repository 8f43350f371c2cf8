import type { Machine } from "../../machine/machine.ts";
import type { Component } from "../component.ts";

/** Milliseconds between the accounts of two containers, at least, and between two checks if none are to be read. */
const [BETWEEN, IDLE] = [10, 500];
/** Reading takes at most one part of this number of the time. */
const SHARE = 20;

/** Reads the users and groups of containers that ran before, one container at a time, between events. */
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

import { lookup } from "node:dns/promises";
import { addressOf } from "../../event/address.ts";
import { fromByteString } from "../../event/bytes.ts";
import { domainOf } from "../../event/domain.ts";
import { ResolvedNames } from "../../machine/dns/resolved-names.ts";
import type { Machine } from "../../machine/machine.ts";

/** Delay before a new name is resolved for the first time, in milliseconds. */
const FIRST = 1000;
/**
 * Initial and maximum interval between lookups of a name, in milliseconds. The interval doubles until the addresses
 * change.
 */
const [INTERVAL, MAX_INTERVAL] = [10_000, 320_000];
/** Maximum number of names to resolve, and of addresses per name. */
const [MAX_NAMES, MAX_ADDRESSES] = [1000, 256];

/** A function that resolves a name to addresses in text form. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** The system resolver, which also reads the hosts file. */
const ofMachine: Lookup = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);

/** Tracks the names of IP addresses by observing DNS responses and by looking up the names in rules. */
export interface Names {
  /** Starts or stops tracking. `listed` contains the names in rules. */
  apply(wanted: boolean, listed: ReadonlySet<string>): void;
  close(): void;
}

export interface NamesOptions {
  readonly machine: Machine;
  /** Whether to look up the names in rules. A replay uses only the DNS responses in the capture. */
  readonly live: boolean;
  readonly lookup?: Lookup;
}

interface Due {
  readonly name: string;
  /** Time of the next lookup, in milliseconds of `performance.now`. */
  at: number;
  interval: number;
}

/** Keeps the names of IP addresses up to date. Looks up one name at a time, in the background. */
export function openNames({ machine, live, lookup = ofMachine }: NamesOptions): Names {
  let due: Due[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isAsking = false;

  function wait(): void {
    clearTimeout(timer);
    timer = undefined;
    if (isAsking || due.length === 0) return;
    const next = Math.min(...due.map(({ at }) => at));
    timer = setTimeout(() => void ask(), Math.max(0, next - performance.now())).unref();
  }

  async function ask(): Promise<void> {
    const { names } = machine;
    const one = due.find(({ at }) => at <= performance.now());
    if (names === undefined || one === undefined) return wait();
    isAsking = true;
    const addresses = await resolve(one.name, lookup);
    isAsking = false;
    if (addresses !== undefined && due.includes(one) && machine.names === names) {
      const isNew = !isSame(names.learned(one.name), addresses);
      one.interval = isNew ? INTERVAL : Math.min(2 * one.interval, MAX_INTERVAL);
      names.learn(one.name, addresses);
    } else one.interval = Math.min(2 * one.interval, MAX_INTERVAL);
    one.at = performance.now() + one.interval;
    wait();
  }

  return {
    apply(wanted, listed) {
      if (!wanted) machine.names = undefined;
      else machine.names ??= new ResolvedNames({}, live ? Date.now() * 1e6 : 0);
      const names = new Set(wanted && live ? [...listed].slice(0, MAX_NAMES).map(domainOf) : []);
      const before = new Map(due.map((one) => [one.name, one]));
      const at = performance.now() + FIRST;
      due = [...names].map((name) => before.get(name) ?? { name, at, interval: INTERVAL });
      machine.names?.keepListed(names);
      wait();
    },
    close() {
      due = [];
      clearTimeout(timer);
    },
  };
}

/** The addresses of a name; empty if the name does not exist, undefined if the resolver fails. */
async function resolve(name: string, lookup: Lookup): Promise<ReadonlySet<string> | undefined> {
  try {
    const found = await lookup(fromByteString(name));
    return new Set(found.slice(0, MAX_ADDRESSES).flatMap((address) => addressOf(address) ?? []));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOTFOUND" ? new Set() : undefined;
  }
}

function isSame(one: ReadonlySet<string> | undefined, other: ReadonlySet<string>): boolean {
  return one !== undefined && one.size === other.size && [...one].every((address) => other.has(address));
}

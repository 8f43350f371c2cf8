// Worker that reads package databases and examines executables.
import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { whyNoWorker } from "../worker/address-space.ts";
import { startWorker } from "../worker/start.ts";
import { type Examined, type Executable, examine } from "./examine.ts";
import type { Command, Message, WorkerStart } from "./messages.ts";
import { factsOf } from "./origin.ts";
import { type PackageData, PackageIndex, packageVersion } from "./packages/databases.ts";
import { Root } from "./packages/root.ts";
import type { PackageReading } from "./packages/worker.ts";

/** Maximum number of results that are kept, in order to update them when the databases change. */
const MAX_RESULTS = 16_384;
/** Maximum size of an executable that is hashed because a package records its checksum, in bytes. */
const MAX_PACKAGED = 1 << 30;
/**
 * Maximum size of a small executable, in bytes. Small executables are hashed before larger ones, because alerts wait
 * for the hash.
 */
const MAX_SMALL = 8 << 20;
/** Maximum number of large executables in the queue. The limit leaves room for smaller executables. */
const MAX_LARGE = 1024;
/** Interval between checks of the databases for changes, in milliseconds. */
const CHECK_EVERY = 5000;
/** Minimum time between two reads of the databases, as a multiple of the duration of the last read. */
const READING_SHARE = 10;
/**
 * Maximum number of consecutive reads in which a database is locked. Until then, the packages that were read before are
 * used, because a package manager may hold the lock for the duration of an upgrade.
 */
const MAX_LOCKED = 5;

/** Maximum size of the young generation in the heap of the worker that reads databases, in MiB. */
const MAX_YOUNG = 4;

const settings = workerData as WorkerStart; // set by openIdentity
const { hostRoot, maxBytes, rate, idle, remembered } = settings;
const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;

interface Task {
  readonly id: number;
  readonly executable: Executable;
}

interface Result extends Task {
  readonly examined: Examined;
}

type Facts = ReturnType<typeof factsOf>;

/** Results, each with the facts already sent. They are passed to the next worker when it starts. */
type Results = readonly (readonly [result: Result, sent: Facts | undefined])[];

/**
 * Queues for executables of starting programs: not sorted yet, owned by packages, small, and large. They are examined
 * in this order.
 */
const starting: Task[] = [];
const packaged: Task[] = [];
const small: Task[] = [];
const others: Task[] = [];
/**
 * Executables of programs that were already running when they were found, and executables to hash again because a
 * package records another kind of checksum.
 */
const running: Task[] = [];
const results = new Map<number, Result>();
/** Results that are updated once changed databases have been read. */
const waiting = new Map<number, Result>();
let packages = new PackageIndex({ tables: [], version: "" });
let nextReading = 0;
let isReading = false;
let isReadingSoon = false;
/** Number of consecutive reads of the databases in which one was locked. */
let lockedReads = 0;
/** Whether the databases have been read at least once. */
let areKnown = false;
/** Number of bytes that may currently be read. */
let budget = rate;
let budgetAt = performance.now();
let isBusy = false;

function send(message: Message): void {
  parentPort?.postMessage(message);
}

/** Restores the state of the previous worker. */
function remember(): void {
  if (remembered === undefined) return;
  packages = new PackageIndex(remembered.packages);
  areKnown = true;
  for (const [result, facts] of deserialize(remembered.results) as Results) {
    // The previous worker serialized the results with the same code.
    results.set(result.id, result);
    if (facts !== undefined) sent.set(result.id, facts);
  }
}

/** Reports that the worker is idle, so that it can be stopped. */
function offerEnd(): void {
  const tasks = starting.length + packaged.length + small.length + others.length + running.length + waiting.size;
  const isIdle = !isReading && !isReadingSoon && !isBusy && tasks === 0;
  if (!isIdle || !areKnown) {
    idleTimer.refresh();
    return;
  }
  const known: Results = [...results.values()].map((result) => [result, sent.get(result.id)]);
  send({ kind: "idle", results: serialize(known) });
}

const idleTimer = setTimeout(offerEnd, idle).unref();

/** Starts to read the databases in a separate worker, so that examinations continue in the meantime. */
function readDatabases(): void {
  const reason = whyNoWorker();
  if (isReading || reason !== undefined) return;
  const began = performance.now();
  const reader = startWorker(new URL("./packages/worker.ts", import.meta.url), {
    workerData: { hostRoot, seed } satisfies PackageReading,
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG },
  });
  if (typeof reader === "string") return; // the next check retries
  isReading = true;
  reader.once("message", (data: PackageData) => usePackages(data));
  reader.on("error", () => undefined); // the worker exits
  reader.once("exit", () => {
    isReading = false;
    nextReading = performance.now() + Math.max(CHECK_EVERY, (performance.now() - began) * READING_SHARE);
  });
}

/** Updates the results after the databases have been read. */
function usePackages(data: PackageData): void {
  lockedReads = data.isLocked ? lockedReads + 1 : 0;
  if (lockedReads > 0 && lockedReads < MAX_LOCKED) return; // the next check retries
  packages = new PackageIndex(data);
  areKnown = true;
  send({ kind: "packages", packages: data });
  for (const result of [...results.values()]) {
    const { id, executable } = result;
    if (lacksChecksum(result)) running.push({ id, executable });
    else if (waiting.has(id)) sendResult(result, true);
    else {
      const facts = factsFor(result);
      if (isDeepStrictEqual(facts, sent.get(id))) continue;
      sent.set(id, facts);
      send({ kind: "changed", id, facts });
    }
  }
  waiting.clear();
  later(0);
}

/** Whether the package of an executable records a checksum of a kind that has not been computed yet. */
function lacksChecksum({ executable, examined: { location, hashes } }: Result): boolean {
  if (location !== "host" || (typeof hashes === "string" && hashes !== "too_large")) return false;
  const algorithm = packages.lookup(executable.path)?.checksum?.algorithm;
  return algorithm !== undefined && (hashes === "too_large" || hashes[algorithm] === undefined);
}

/** Facts that were sent, by ID of the executable. */
const sent = new Map<number, Facts>();

function factsFor({ executable, examined }: Result): Facts {
  return factsOf(executable.path, examined, executable.isStarting, packages);
}

function sendResult(result: Result, isFinal: boolean): void {
  const { id, examined } = result;
  const facts = factsFor(result);
  const known = isFinal ? facts : { ...facts, isFromPackage: undefined };
  sent.set(id, known);
  send({
    ...{ kind: "examined", id, facts: known, final: isFinal },
    outcome: typeof examined.hashes === "string" ? examined.hashes : "hashed",
  });
}

/**
 * Reads the databases if they have changed, after the minimum time between reads. @returns true if they have not
 * changed
 */
function refresh(): boolean {
  if (areKnown && packageVersion(new Root(hostRoot)) === packages.version) return true;
  const delay = nextReading - performance.now();
  if (delay <= 0) readDatabases();
  else if (!isReadingSoon) {
    isReadingSoon = true;
    setTimeout(() => {
      isReadingSoon = false;
      refresh();
    }, delay);
  }
  return false;
}

function take({ id, executable }: Task): void {
  const algorithm = packages.lookup(executable.path)?.checksum?.algorithm;
  const examined = examine(executable, {
    ...{ hostRoot, maxBytes: algorithm === undefined ? maxBytes : Math.max(maxBytes, MAX_PACKAGED), algorithm },
    read(bytes) {
      budget -= bytes;
    },
  });
  const result: Result = { id, executable, examined };
  results.set(id, result);
  if (results.size > MAX_RESULTS) {
    for (const oldest of results.keys()) {
      results.delete(oldest);
      sent.delete(oldest);
      waiting.delete(oldest);
      break;
    }
  }
  // A file without a package may belong to a package that is being installed or upgraded.
  const isFinal = areKnown && (factsFor(result).isFromPackage !== false || refresh());
  if (!isFinal) waiting.set(id, result);
  sendResult(result, isFinal);
}

/**
 * Adds a task to its queue. If no package owns the file, sends its facts before its content, which may be large, is
 * read.
 */
function sort(task: Task): void {
  const { id, executable } = task;
  if (!areKnown || packages.lookup(executable.path) !== undefined) {
    packaged.push(task);
    return;
  }
  const examined = examine(executable, { hostRoot, maxBytes: 0 });
  const facts = factsFor({ ...task, examined });
  const isLarge = examined.size > MAX_SMALL;
  if (isLarge && others.length >= MAX_LARGE) {
    send({ kind: "examined", id, facts, outcome: "skipped", final: true });
    return;
  }
  (isLarge ? others : small).push(task);
  if (facts.isFromPackage === false && refresh()) send({ kind: "changed", id, facts });
}

/** Examines one executable after the other until the budget is used up. */
function work(): void {
  isBusy = false;
  const fresh = starting.shift();
  if (fresh !== undefined) {
    sort(fresh);
    later(0);
    return;
  }
  const now = performance.now();
  budget = Math.min(rate, budget + ((now - budgetAt) * rate) / 1000);
  budgetAt = now;
  // Small executables may overdraw the budget, because one large executable can use up the whole budget in one step.
  if (budget <= (small.length > 0 ? -rate : 0)) {
    later(100);
    return;
  }
  // For programs that were already running, the package matters more than the hash, so they wait until the databases
  // have been read.
  const task = packaged.shift() ?? small.shift() ?? others.shift() ?? (areKnown ? running.shift() : undefined);
  if (task === undefined) return;
  take(task);
  later(0);
}

function later(delay: number): void {
  if (isBusy) return;
  isBusy = true;
  if (delay === 0) setImmediate(work);
  else setTimeout(work, delay);
}

parentPort?.on("message", (command: Command) => {
  if (command.kind === "close") {
    send({ kind: "closed" });
    return;
  }
  idleTimer.refresh();
  (command.executable.isStarting ? starting : running).push(command);
  later(0);
});
setInterval(refresh, CHECK_EVERY).unref();
remember();
refresh();

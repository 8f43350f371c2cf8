// The worker that reads package databases and examines executables.
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

/** Maximum number of results that are kept to be compared with changed databases. */
const MAX_RESULTS = 16_384;
/** Maximum bytes of an executable whose content a package records. */
const MAX_PACKAGED = 1 << 30;
/** Maximum bytes of an executable that does not wait for larger ones: alerts wait for its hash. */
const MAX_SMALL = 8 << 20;
/** Maximum number of larger executables that wait: others find room beside them. */
const MAX_LARGE = 1024;
/** Milliseconds between two checks of the databases for changes. */
const CHECK_EVERY = 5000;
/** Part of the time that may be spent reading databases. */
const READING_SHARE = 10;

/** MiB of new values in the worker that reads databases. */
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

/** Results with the facts that were sent, which the next worker starts with. */
type Results = readonly (readonly [result: Result, sent: Facts | undefined])[];

/** Executables of programs that start, in the order of their examination: new ones, those of packages, small and other ones. */
const starting: Task[] = [];
const packaged: Task[] = [];
const small: Task[] = [];
const others: Task[] = [];
/** Executables of programs that run already. */
const running: Task[] = [];
const results = new Map<number, Result>();
/** Results that wait for changed databases to be read. */
const waiting = new Map<number, Result>();
let packages = new PackageIndex({ tables: [], version: "" });
let nextReading = 0;
let isReading = false;
let isReadingSoon = false;
/** Whether the databases were read. */
let areKnown = false;
/** Bytes that may be read now. */
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
    // serialized by this module
    results.set(result.id, result);
    if (facts !== undefined) sent.set(result.id, facts);
  }
}

/** Reports that there is nothing to do, so that the worker may be ended. */
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

/** Starts reading the databases in a worker of its own, so that executables do not wait. */
function readDatabases(): void {
  const refusal = whyNoWorker();
  if (isReading || refusal !== undefined) return;
  const began = performance.now();
  const reader = startWorker(new URL("./packages/worker.ts", import.meta.url), {
    workerData: { hostRoot, seed } satisfies PackageReading,
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG },
  });
  if (typeof reader === "string") return; // the next check tries again
  isReading = true;
  reader.once("message", (data: PackageData) => usePackages(data));
  reader.on("error", () => undefined); // it exits
  reader.once("exit", () => {
    isReading = false;
    nextReading = performance.now() + Math.max(CHECK_EVERY, (performance.now() - began) * READING_SHARE);
  });
}

/** Compares results with changed databases. */
function usePackages(data: PackageData): void {
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

/** Whether the package of an executable records a checksum that was not computed. */
function lacksChecksum({ executable, examined: { location, hashes } }: Result): boolean {
  if (location !== "host" || (typeof hashes === "string" && hashes !== "too_large")) return false;
  const algorithm = packages.lookup(executable.path)?.checksum?.algorithm;
  return algorithm !== undefined && (hashes === "too_large" || hashes[algorithm] === undefined);
}

/** Facts that were sent, by id. */
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

/** Reads the databases if they changed, now or after the pause between two reads. @returns whether they are unchanged */
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
  // A file that no package seems to own may be of one that is being installed.
  const isFinal = areKnown && (factsFor(result).isFromPackage !== false || refresh());
  if (!isFinal) waiting.set(id, result);
  sendResult(result, isFinal);
}

/** Sorts a task. Whether no package owns a file is known without its content, which may be large. */
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

/** Examines one executable after the other, as long as the budget lasts. */
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
  // Small ones may exceed the budget, which large ones use up at once.
  if (budget <= (small.length > 0 ? -rate : 0)) {
    later(100);
    return;
  }
  // For programs that run already, packages matter more than hashes.
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

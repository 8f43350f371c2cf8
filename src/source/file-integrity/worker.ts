import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { lowerPriority } from "../../worker/priority.ts";
import { trimRegularly } from "../../worker/trim.ts";
import { closeDescriptor, isReady, pollReadable, pollSet, readDescriptor } from "../syscall/libc.ts";
import { type Fanotify, openFanotify } from "./fanotify.ts";
import type { WatchCommand, WatchData, WatchMessage } from "./messages.ts";
import { hashBaseline, type ScanOptions, scan } from "./scan.ts";
import { Watch } from "./watch.ts";

/** Maximum time that the worker waits for events, in milliseconds. */
const LONGEST_WAIT = 1000;
/**
 * Duration of a scan step and of the pause after it, in milliseconds. They limit a scan to about a quarter of one CPU.
 */
const [SLICE, PAUSE] = [5, 15];
/** Maximum time that the worker waits at startup for packages that another worker reads, in milliseconds. */
const PACKAGES_WAIT = 5000;
const COUNTS_INTERVAL = 5000;
/** Growth of the heap after which garbage is collected, in bytes. */
const HEAP_GROWTH = 4 << 20;
const COMPLETE = "complete";

const data = workerData as WatchData; // set by openChanges

function send(message: WatchMessage): void {
  parentPort?.postMessage(message);
}

/** Describes an error of fanotify_init(2). */
function reasonFor(error: number): string {
  const [EPERM, EINVAL, ENOSYS, EMFILE] = [1, 22, 38, 24];
  if (error === EPERM) return "files cannot be watched without CAP_SYS_ADMIN";
  if (error === EINVAL || error === ENOSYS) return "files cannot be watched: this requires Linux 5.9 with fanotify";
  if (error === EMFILE) return "files cannot be watched: there are too many fanotify groups";
  return `files cannot be watched: fanotify_init failed with error ${error}`;
}

/** Returns memory to the system if Node.js runs with `--expose-gc`. */
function trim(): void {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}

async function run(): Promise<void> {
  const opened = openFanotify();
  const fanotify: Fanotify | undefined = typeof opened === "number" ? undefined : opened;
  if (typeof opened === "number") send({ kind: "trouble", what: "failed", reason: reasonFor(-opened) });
  try {
    await watchFiles(fanotify);
  } finally {
    // A failed worker is restarted in the same process.
    if (fanotify !== undefined) closeDescriptor(fanotify.fd);
  }
  send({ kind: "closed" });
  await wait(0);
  parentPort?.close();
}

/** Watches files until the `close` command. */
async function watchFiles(fanotify: Fanotify | undefined): Promise<void> {
  const commands: WatchCommand[] = [];
  const { promise: commanded, resolve } = Promise.withResolvers<void>();
  parentPort?.on("message", (command: WatchCommand) => {
    commands.push(command);
    resolve();
  });
  if (data.packages === "expected") await Promise.race([commanded, wait(PACKAGES_WAIT)]);
  const first = commands.find((command) => command.kind === "packages");
  const watch = new Watch({ data: first === undefined ? data : { ...data, packages: first.packages }, fanotify, send });
  try {
    lowerPriority(5);
    await watchUntilClosed(watch, fanotify, commands);
    watch.complete(Number.POSITIVE_INFINITY);
  } finally {
    watch.close();
  }
}

async function watchUntilClosed(watch: Watch, fanotify: Fanotify | undefined, commands: WatchCommand[]): Promise<void> {
  const fds = [data.wake, fanotify?.fd, watch.removals?.fd].filter((fd) => fd !== undefined);
  const { mounts } = watch;
  const set = pollSet(fds, mounts === undefined ? [] : [mounts.fd]);
  const count = fds.length + (mounts === undefined ? 0 : 1);
  const woken = new Uint8Array(8);
  const tasks = new Tasks(watch);
  trimRegularly({ growth: HEAP_GROWTH });
  let countsAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const limit = tasks.isBusy ? PAUSE : Math.min(LONGEST_WAIT, watch.wait(Date.now()) ?? LONGEST_WAIT);
    const ready = pollReadable(set, count, limit);
    if (ready > 0 && isReady(set, 0)) readDescriptor(data.wake, woken);
    if (ready > 0 && isReady(set, fds.length)) mounts?.changed();
    watch.read(Date.now());
    watch.complete(Date.now());
    tasks.step();
    if (watch.packages.release()) trim();
    if (performance.now() - countsAt > COUNTS_INTERVAL) {
      countsAt = performance.now();
      send({ kind: "counts", counts: watch.counts() });
    }
    await turn(); // receive commands
    if (takeCommands(watch, commands)) return;
  }
}

/** @returns true after the `close` command */
function takeCommands(watch: Watch, commands: WatchCommand[]): boolean {
  for (const command of commands.splice(0)) {
    if (command.kind === "close") return true;
    if (command.kind === "packages") {
      watch.packages.share(command.packages);
      continue;
    }
    send({ kind: "verified", id: command.id, ...watch.verify(command.changes) });
  }
  return false;
}

/** Scans directories and computes hashes in small steps: at startup, at intervals, and after dropped events. */
class Tasks {
  private readonly watch: Watch;
  private scanning: Generator<void> | undefined;
  private hashing: Generator<number> | undefined;
  private nextScan = Number.POSITIVE_INFINITY;
  private began = performance.now();
  private hashBudget = 0;
  private budgetAt = performance.now();
  private first: boolean;

  constructor(watch: Watch) {
    this.watch = watch;
    this.first = watch.baseline.fact(COMPLETE) === undefined;
    this.begin({ foundBy: "start", first: this.first });
  }

  get isBusy(): boolean {
    return this.scanning !== undefined || this.hashing !== undefined || this.watch.scanWanted;
  }

  private begin(options: ScanOptions): void {
    this.began = performance.now();
    this.watch.scanWanted = false;
    this.scanning = scan(this.watch, options);
  }

  step(): void {
    if (this.scanning === undefined && (this.watch.scanWanted || performance.now() >= this.nextScan))
      this.begin({ foundBy: "scan", first: this.first });
    const end = performance.now() + SLICE;
    if (this.scanning !== undefined) {
      while (performance.now() < end && this.scanning !== undefined)
        if (this.scanning.next().done === true) this.scanned();
    } else if (this.hashing !== undefined) this.hash(end);
  }

  private scanned(): void {
    const { watch, first, began } = this;
    this.scanning = undefined;
    this.nextScan = data.scanInterval === 0 ? Number.POSITIVE_INFINITY : performance.now() + data.scanInterval;
    if (first) watch.baseline.setFact(COMPLETE, new Date().toISOString());
    this.first = false;
    if (watch.tree.failure !== undefined)
      send({
        kind: "trouble",
        what: "limit",
        reason: `some directories cannot be watched, such as ${watch.tree.failure}`,
      });
    send({ kind: "baseline", entries: watch.baseline.size, seconds: (performance.now() - began) / 1000, first });
    send({ kind: "counts", counts: watch.counts() });
    this.hashing ??= hashBaseline(watch, data.maxHash);
    trim();
  }

  private hash(end: number): void {
    const now = performance.now();
    this.hashBudget = Math.min(this.hashBudget + ((now - this.budgetAt) * data.hashRate) / 1000, data.hashRate / 4);
    this.budgetAt = now;
    while (this.hashBudget > 0 && performance.now() < end) {
      const step = this.hashing?.next();
      if (step === undefined || step.done === true) {
        this.hashing = undefined;
        trim();
        return;
      }
      this.hashBudget -= step.value;
    }
  }
}

void run().catch((error: unknown) => {
  send({ kind: "trouble", what: "failed", reason: error instanceof Error ? error.message : String(error) });
  throw error;
});

import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { eyas } from "../../live/sensor.ts";
import { numbersIn, type Period } from "./truth.ts";

/** Delay before a sensor that has ended is restarted, in milliseconds. A service manager has a similar delay. */
const RESTART_AFTER = 1000;

/** A live `eyas run` that is restarted whenever it ends, with a record of the periods in which it received events. */
export class SupervisedSensor {
  /** Completed periods in which the sensor received events: from the log line "Watching" to the end of the process. */
  private readonly up: Period[] = [];
  readonly suspended: Period[] = [];
  /** Times at which the log reported dropped events. */
  readonly drops: number[] = [];
  /** Time at which the alert of each action was first printed. */
  readonly printed = new Map<number, number>();
  /** Numbers of actions whose alerts were written to standard error because the disk was full. */
  readonly heldBack = new Set<number>();
  /** Unexpected ends of the process, with the last log lines. */
  readonly crashes: string[] = [];
  /** Whether the rules are broken, so that the process ends at startup. */
  rejectsRules = false;
  /** Number of starts that failed because of broken rules. */
  rejected = 0;
  kills = 0;
  private readonly command: readonly string[];
  private readonly log: (text: string) => void;
  private child: ChildProcess | undefined;
  private since: number | undefined;
  private asked: NodeJS.Signals | undefined;
  private closing = false;
  private tail = "";

  constructor(config: string, log: (text: string) => void, command = [eyas, "run", "-c", config]) {
    this.command = command;
    this.log = log;
    process.once("exit", this.release);
    this.start();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Returns the periods in which the sensor received events. Each period ended with a SIGKILL, except the current one.
   */
  periods(): readonly Period[] {
    return this.since === undefined ? this.up : [...this.up, { from: this.since, to: Number.POSITIVE_INFINITY }];
  }

  /** Resolves when the sensor receives events. */
  async ready(): Promise<void> {
    while (this.since === undefined) await sleep(20);
  }

  /** Resolves when the sensor receives events, or when it has ended because of broken rules since this call. */
  async started(): Promise<void> {
    for (const before = this.rejected; this.since === undefined && this.rejected === before; ) await sleep(20);
  }

  /** Kills the sensor as a crash would. It is restarted afterwards. */
  async kill(): Promise<void> {
    await this.ready();
    this.kills++;
    await this.end("SIGKILL");
  }

  /** Suspends the sensor for some time. */
  async suspend(milliseconds: number): Promise<void> {
    await this.ready();
    const from = Date.now();
    this.child?.kill("SIGSTOP");
    await sleep(milliseconds);
    this.child?.kill("SIGCONT");
    this.suspended.push({ from, to: Date.now() });
  }

  async stop(): Promise<void> {
    this.closing = true;
    process.off("exit", this.release);
    await this.end("SIGTERM");
  }

  /** Ends the sensor when this process exits, even if the sensor is suspended. */
  private readonly release = (): void => {
    this.child?.kill("SIGTERM");
    this.child?.kill("SIGCONT");
  };

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    this.asked = signal;
    this.down();
    child.kill(signal);
    child.kill("SIGCONT"); // a suspended process ends only by SIGKILL
    await gone;
  }

  private down(): void {
    if (this.since !== undefined) this.up.push({ from: this.since, to: Date.now() });
    this.since = undefined;
  }

  private start(): void {
    const [program = eyas, ...words] = this.command;
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    this.asked = undefined;
    for (const [stream, take] of [
      [child.stdout, this.takeAlerts],
      [child.stderr, this.takeLog],
    ] as const) {
      let torn = "";
      stream.on("data", (bytes: Buffer) => {
        const lines = (torn + bytes.toString()).split("\n");
        torn = lines.pop() ?? "";
        for (const line of lines) take(line);
      });
    }
    child.once("exit", (code, signal) => {
      this.down();
      if (this.asked === undefined && this.rejectsRules && code === 1 && /rules\.yaml:\d+:\d+: error/.test(this.tail))
        this.rejected++;
      else if (this.asked === undefined) this.crashes.push(`ended with ${code ?? signal}: ${this.tail}`);
      if (!this.closing) setTimeout(() => this.start(), RESTART_AFTER);
    });
  }

  private readonly takeAlerts = (line: string): void => {
    for (const number of numbersIn(line)) if (!this.printed.has(number)) this.printed.set(number, Date.now());
  };

  private readonly takeLog = (line: string): void => {
    if (line.startsWith("{")) {
      for (const number of numbersIn(line)) this.heldBack.add(number);
      return;
    }
    this.log(line);
    this.tail = (this.tail + line).slice(-2000);
    if (/notice: Watching /.test(line)) this.since = Date.now();
    if (/events? dropped; since startup/.test(line)) this.drops.push(Date.now());
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { eyas } from "../live/sensor.ts";

/** A live `eyas run` that should withstand an attack. */
export class AttackedSensor {
  /** Ends of the program that were not asked for, and of its workers, with their reasons. */
  readonly crashes: string[] = [];
  /** Events dropped, as the log states them. */
  dropped = 0;
  /** Log lines. */
  log = "";
  private readonly child: ChildProcess;
  private stopping = false;

  private constructor(command: readonly string[], options: readonly string[]) {
    const [program = eyas, ...words] = [...command, eyas, "run", ...options];
    this.child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr?.on("data", (chunk: Buffer) => this.read(chunk.toString()));
    this.child.once("exit", (code, signal) => {
      if (!this.stopping) this.crashes.push(`the program ended with ${code ?? signal}: ${this.log.slice(-300)}`);
    });
  }

  /**
   * Starts it, and resolves once it watches, or has ended.
   * @param command words in front of the command line
   */
  static async start(command: readonly string[], options: readonly string[]): Promise<AttackedSensor> {
    const sensor = new AttackedSensor(command, options);
    while (sensor.isRunning && !sensor.log.includes("Watching this machine")) await sleep(50);
    return sensor;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Evaluates remaining events and ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (!this.isRunning) return;
    const closed = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGTERM");
    await closed;
  }

  private read(text: string): void {
    this.log += text;
    for (const [line] of text.matchAll(/^.*(?:dispatcher|responder|web page) stopped.*$/gm)) this.crashes.push(line);
    for (const [, count = "0"] of text.matchAll(/([\d,]+) dropped \(/g))
      this.dropped = Number(count.replaceAll(",", ""));
  }
}

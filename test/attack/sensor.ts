import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { eyas } from "../live/sensor.ts";
import { type Answers, watchAnswers } from "./answers.ts";

/** Options for the health endpoint, which is requested during attacks. */
const SERVER = ["-o", "webserver.enabled=true", "-o", "webserver.listen_port=0"];

/** A live `eyas run` that should withstand an attack. */
export class AttackedSensor {
  /** Unexpected ends of the program and its workers, with their reasons. */
  readonly crashes: string[] = [];
  /** Number of dropped events, according to the log. */
  dropped = 0;
  /** Lines of the log. */
  log = "";
  private readonly child: ChildProcess;
  private stopping = false;
  private answers: ReturnType<typeof watchAnswers> | undefined;

  private constructor(command: readonly string[], options: readonly string[]) {
    const [program = eyas, ...words] = [...command, eyas, "run", ...SERVER, ...options];
    this.child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr?.on("data", (chunk: Buffer) => this.read(chunk.toString()));
    this.child.once("exit", (code, signal) => {
      if (!this.stopping) this.crashes.push(`the program ended with ${code ?? signal}: ${this.log.slice(-300)}`);
    });
  }

  /**
   * Starts the program. Resolves when the program receives events or has ended.
   * @param command arguments that precede the command line, such as a command that enters a cgroup
   */
  static async start(command: readonly string[], options: readonly string[]): Promise<AttackedSensor> {
    const sensor = new AttackedSensor(command, options);
    while (sensor.isRunning && !sensor.log.includes("Watching this machine")) await sleep(50);
    return sensor;
  }

  /** Requests health repeatedly, until {@link answered} is called. */
  watchHealth(): void {
    const url = /health and metrics on (http:\S+\d)/.exec(this.log)?.[1];
    if (url !== undefined) this.answers = watchAnswers(`${url}/healthz`, () => this.isRunning);
  }

  /** Returns the responses since {@link watchHealth}; undefined if health was not served. */
  async answered(): Promise<Answers | undefined> {
    return this.answers?.stop();
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Evaluates remaining events, then ends the program. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (!this.isRunning) return;
    const closed = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGTERM");
    await closed;
  }

  private read(text: string): void {
    this.log += text;
    for (const [line] of text.matchAll(/^.*(?:dispatcher|responder|web UI) stopped.*$/gm)) this.crashes.push(line);
    for (const [, count = "0"] of text.matchAll(/([\d,]+) dropped \(/g))
      this.dropped = Number(count.replaceAll(",", ""));
  }
}

/** Formats the responses of `/healthz` for a report. */
export function answersText(answers: Answers | undefined): string {
  if (answers === undefined) return "no responses of /healthz measured";
  return `${answers.count} responses of /healthz, the slowest after ${answers.slowest} ms`;
}

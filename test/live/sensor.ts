import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";

export const home = join(import.meta.dirname, "../..");
export const eyas = join(home, "bin/eyas");

/** The stable default rules, and all default rules. */
const STABLE = [join(home, "rules/syscall.yaml")];
export const ALL_RULES = [
  ...STABLE,
  join(home, "rules/syscall_incubating.yaml"),
  join(home, "rules/syscall_threats.yaml"),
];

/** The drill actions for stable rules. */
export const STABLE_ACTIONS = SYSCALL_ACTIONS.filter(({ rule }) => namesIn(STABLE).includes(rule));

/** Name of the rule {@link READY_RULE}. */
export const READY = "Sensor is ready";
/** Maximum time until a sensor receives events, in milliseconds. */
const PATIENCE = 120_000;
const PAUSE = 50;
/** Time after which the sensor checks again whether events were dropped, in milliseconds. */
const DROPS_CHECKED = 1100;

/** A running `eyas run`. */
export interface LiveSensor {
  /** Loaded rule files. */
  readonly rules: readonly string[];
  /** Returns the alerts so far, without readiness alerts. */
  alerts(): readonly DrilledAlert[];
  /** Returns the log so far. */
  log(): string;
  /** Returns how often events were dropped so far, according to the log. */
  drops(): number;
  /** The same, after waiting until the log includes the events that were dropped up to now. */
  allDrops(): Promise<number>;
  /** Calls `listen` with every printed line. */
  onLine(listen: (line: string) => void): void;
  /** Resolves when every event up to now is evaluated. */
  settled(): Promise<void>;
  /** Sends a signal to the sensor. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Starts the sensor with the stable default rules, and waits until it receives events: see {@link startSensorWith}. */
export async function startSensor(...more: readonly string[]): Promise<LiveSensor> {
  return startSensorWith(STABLE, markedRules(STABLE), ...more);
}

/**
 * Starts the sensor with these rule files, followed by `own` rules, and waits until it receives events.
 * @throws with the output if the sensor ended or receives no events
 */
export async function startSensorWith(
  files: readonly string[],
  own: string,
  ...more: readonly string[]
): Promise<LiveSensor> {
  return startSensorBy([], files, own, ...more);
}

/** Starts the sensor with the stable default rules under a command such as `nice`: see {@link startSensorWith}. */
export async function startSensorUnder(command: readonly string[], ...more: readonly string[]): Promise<LiveSensor> {
  return startSensorBy(command, STABLE, markedRules(STABLE), ...more);
}

async function startSensorBy(
  command: readonly string[],
  files: readonly string[],
  own: string,
  ...more: readonly string[]
): Promise<LiveSensor> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-live-"));
  const marked = join(folder, "marked.yaml");
  writeFileSync(marked, own);
  const rules = [...files, marked];
  const [program = eyas, ...words] = [...command, eyas];
  const child = spawn(program, [
    ...words,
    "run",
    "--json",
    "--match",
    "all",
    "-o",
    `journal.path=${join(folder, "journal.db")}`,
    "-o",
    "alert_folding.enabled=false",
    ...rules.flatMap((file) => ["-r", file]),
    ...more,
  ]);
  const listeners: ((line: string) => void)[] = [];
  const lines: string[] = [];
  let torn = "";
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = (torn + chunk.toString()).split("\n");
    torn = parts.pop() ?? "";
    for (const line of parts) {
      lines.push(line);
      for (const listen of listeners) listen(line);
    }
  });

  let asked = 0;
  async function settled(): Promise<void> {
    const word = `eyas-ready-${process.pid}-${++asked}`;
    const seen = () => lines.some((line) => line.includes(READY) && line.includes(`${word}.`));
    for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
      if (child.exitCode !== null) throw new Error(complaint.trim() || `eyas run ended with ${child.exitCode}`);
      spawnSync("true", [word]);
      await pause(PAUSE);
      if (seen()) return;
    }
    throw new Error(`the sensor received no events within ${PATIENCE} ms: ${complaint.trim()}`);
  }

  async function stop(): Promise<void> {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  }

  const drops = () => complaint.split(" events dropped; ").length - 1;

  try {
    // A program that has just started is slow. On a busy machine, it drops events until it has caught up.
    let before: number;
    do {
      before = drops();
      await settled();
    } while (drops() !== before);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    rules,
    alerts: () => lines.flatMap((line) => readAlerts(line)).filter(({ rule }) => rule !== READY),
    log: () => complaint,
    drops,
    async allDrops() {
      await pause(DROPS_CHECKED);
      await settled(); // the sensor checks before it prints this alert
      return drops();
    },
    onLine: (listen) => void listeners.push(listen),
    settled,
    signal: (name) => void child.kill(name),
    stop,
  };
}

/** Interrupts a program and waits until it ends. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  await gone;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Runs the drill, and returns its reports by action. */
export function runDrill(
  ...options: readonly string[]
): Promise<Map<string, { outcome: string; reason: string | null }>> {
  return new Promise((resolve, reject) => {
    const child = spawn(eyas, ["drill", "--json", ...options], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", () => {
      const reports = text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
      resolve(new Map(reports.map((report) => [report.name, report])));
    });
  });
}

/** Returns the alerts of processes that the drill started for an action or its benign twin. */
export function alertsOf(alerts: readonly DrilledAlert[], mark: string): DrilledAlert[] {
  return alerts.filter(({ fields }) => fields["proc.env[EYAS_DRILL]"] === mark);
}

/** A rule that matches once earlier events are evaluated. */
export const READY_RULE = `
- rule: ${READY}
  desc: Marks that earlier events have been evaluated.
  condition: evt.type = execve and proc.args contains eyas-ready-
  output: "%proc.args."
  priority: DEBUG
`;

/**
 * Adds a field to every rule of these files that identifies the drill action to which the process belongs, so that
 * other activity on the machine does not disturb tests.
 */
export function markedRules(files: readonly string[]): string {
  return [READY_RULE, ...namesIn(files).map(marked)].join("\n");
}

/** Returns the names of the rules in these files. */
function namesIn(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/^- rule: (.+)$/gm)].map(([, name = ""]) => name),
  );
}

function marked(rule: string): string {
  return `
- rule: ${rule}
  output: drill=%proc.env[EYAS_DRILL]
  override: { output: append }
`;
}

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";
import { ended, eyas, home, pause, READY_RULE } from "../live/sensor.ts";
import type { Suite } from "./behaviour.ts";

const PREFIX = "Eyas internal: ";
const ACCESS = "access to the agent";
const CHANGED = "sensor changed";
const KILLED = "terminated unexpectedly";
/** ATT&CK techniques: tools disabled or modified, and files deleted. */
const [TOOLS, FILES] = ["T1562.001", "T1070.004"];
/** Time after which an alert counts as missing, or the start of the agent as failed, in milliseconds. */
const PATIENCE = 120_000;

/**
 * Actions of root against the agent: description, alert, technique, and shell command, in which `$P` is the agent's
 * PID, `$J` its journal, and `$A ACTION` writes to its maps (test/live/bpf-attacker.fixture.ts).
 */
const ROWS: readonly (readonly [what: string, rule: string, technique: string, command: string])[] = [
  ["the agent stopped with SIGSTOP", ACCESS, TOOLS, "kill -STOP $P; sleep 1; kill -CONT $P"],
  ["the agent stopped for five seconds", "agent stopped", TOOLS, "kill -STOP $P; sleep 5; kill -CONT $P"],
  ["the agent traced through its memory file", ACCESS, TOOLS, ": 3<>/proc/$P/mem"],
  ["a descriptor for a map of the sensor", ACCESS, TOOLS, "$A zero $P"],
  ["the clock of the sensor overwritten in a map", CHANGED, TOOLS, "$A clock $P"],
  ["the agent's own pid overwritten in a map", CHANGED, TOOLS, "$A exempt $P"],
  ["the read position of a ring buffer overwritten", CHANGED, TOOLS, "$A position $P"],
  ["a map overwritten so that no event arrives", "sensor blind", TOOLS, "$A scratch $P"],
  ["the journal moved", ACCESS, FILES, "mv $J $J.away; mv $J.away $J"],
  ["the journal truncated", ACCESS, FILES, "truncate --size '>1' $J"],
  ["the journal removed", ACCESS, FILES, "rm $J"],
  [
    "the journal removed and replaced by a new journal",
    "journal replaced",
    FILES,
    "until [ -e $J ]; do sleep 0.1; done; rm $J",
  ],
  ["the agent killed with SIGKILL, reported at the next startup", KILLED, TOOLS, "kill -KILL $P"],
];

/** The agent that is attacked. */
class Agent {
  /** All alerts that the agent has raised. */
  readonly alerts: DrilledAlert[] = [];
  readonly journal: string;
  pid = 0;
  take: (alert: DrilledAlert) => void = () => {};
  private readonly folder: string;
  private child: ChildProcess | undefined;
  private log = "";
  private asked = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.journal = join(folder, "journal.db");
    mkdirSync(folder);
    writeFileSync(join(folder, "rules.yaml"), READY_RULE);
  }

  async start(): Promise<void> {
    const pidfile = join(this.folder, "pid");
    rmSync(pidfile, { force: true });
    const options = ["-o", `journal.path=${this.journal}`, "-P", pidfile];
    this.child = spawn(eyas, ["run", "--json", "-r", join(this.folder, "rules.yaml"), ...options], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.log = "";
    let torn = "";
    this.child.stdout?.on("data", (chunk: Buffer) => {
      const lines = (torn + chunk.toString()).split("\n");
      torn = lines.pop() ?? "";
      for (const alert of lines.flatMap((line) => readAlerts(line))) {
        this.alerts.push(alert);
        this.take(alert);
      }
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.log += chunk.toString();
    });
    const isReady = () => existsSync(pidfile) && this.log.includes("Watching");
    if (!(await until(isReady))) throw new Error(`the attacked agent does not start: ${this.log}`);
    this.pid = Number(readFileSync(pidfile, "utf8"));
    await this.sees();
  }

  /** Resolves when the agent evaluates events. After some attacks, the agent first attaches its programs again. */
  async sees(): Promise<void> {
    const word = `eyas-ready-${process.pid}-attacked-${++this.asked}.`;
    const hasWord = ({ fields }: DrilledAlert) => String(fields["proc.args"]).includes(word);
    const seen = await until(() => {
      spawn("true", [word], { stdio: "ignore" });
      return this.alerts.some(hasWord);
    });
    if (!seen) throw new Error(`the attacked agent sees no events: ${this.log}`);
  }

  /** Starts the agent again after it was killed. */
  async restart(): Promise<void> {
    const { child } = this;
    await until(() => child === undefined || child.signalCode !== null || child.exitCode !== null);
    await this.start();
  }

  async stop(): Promise<void> {
    if (this.child !== undefined) await ended(this.child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until the condition holds. @returns false after {@link PATIENCE} */
async function until(holds: () => boolean): Promise<boolean> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(100)) if (holds()) return true;
  return false;
}

/** Attacks on the agent itself. Each waits for its alert, so that alerts are assigned to the right attack. */
export const blinding: Suite = {
  title: "Blinding",
  about:
    "Actions by root against the agent and its journal. The agent raises these alerts without rules. Measured times include the duration of the action. Captures do not contain these events.",
  isRecorded: false,
  async open(_sensor, folder) {
    const agent = new Agent(join(folder, "attacked"));
    await agent.start();
    const attacker = [process.execPath, "--disable-warning=ExperimentalWarning"];
    const A = [...attacker, join(home, "test/live/bpf-attacker.fixture.ts")].join(" ");
    return {
      behaviours: ROWS.map(([name, rule, technique, command]) => {
        const own = new Set<DrilledAlert>();
        return {
          name,
          rules: [PREFIX + rule],
          techniques: [technique],
          needs: ["root"],
          isOwn: (alert) => own.has(alert),
          async act(stage) {
            await agent.sees();
            const from = agent.alerts.length;
            const env = { P: String(agent.pid), J: agent.journal, A };
            const { code, output } = await stage.run(["/bin/sh", "-ec", command], { env });
            if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
            if (rule === KILLED) await agent.restart();
            await until(() => agent.alerts.slice(from).some((alert) => alert.rule === PREFIX + rule));
            for (const alert of agent.alerts.slice(from)) if (alert.rule.startsWith(PREFIX)) own.add(alert);
          },
        };
      }),
      listen(take) {
        agent.take = take;
      },
      close: () => agent.stop(),
    };
  },
};

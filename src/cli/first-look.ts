import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { release } from "node:os";
import { join, relative } from "node:path";
import { runAgent } from "../agent/agent.ts";
import { CannotWatch } from "../agent/failure.ts";
import { home, sample, version } from "../agent/home.ts";
import { limitHeap } from "../agent/memory/heap-limit.ts";
import { count } from "../telemetry/log-lines.ts";
import { printError } from "../telemetry/print.ts";
import { replay } from "./replay.ts";
import { laysOutAlerts, loadOptions, positive } from "./settings.ts";
import type { StartOptions } from "./start.ts";

/** Commands that start the program from its source directory, or from an installation. */
const [program, start] = existsSync(join(home, "src/cli")) ? ["./bin/eyas", "npm start"] : ["eyas", "eyas start"];

/** `eyas start`: watches this machine, or replays a sample capture if the kernel cannot be watched. */
export async function firstLook({ drill, duration, ...given }: StartOptions): Promise<void> {
  const settings = { ...given, option: ["web_page.enabled=true", ...(given.option ?? [])] };
  try {
    const options = {
      ...loadOptions(settings),
      limitHeap,
      layout: laysOutAlerts(settings),
      ...(duration !== undefined && { seconds: positive(duration, "--duration") }),
    };
    const welcome = (url: string, token: string | undefined): void => {
      const more = token === undefined ? `   (new token: sudo ${program} users renew admin)` : `/#token=${token}`;
      say(`Web UI: ${url}${more}`);
    };
    const watching = (what: string, rules: number): void => {
      say(`Eyas ${version()} is watching ${what} (Linux ${release()}) with ${count(rules, "rule")}.`);
      say("Alerts appear below. Press Ctrl-C to stop.");
      if (drill) runDrill();
      else say(`To trigger alerts, run in another terminal: sudo ${program} drill   (harmless)`);
      say("");
    };
    await runAgent(options, { welcome, watching });
  } catch (error) {
    if (!(error instanceof CannotWatch)) throw error;
    say(error.message);
    await showSample();
  }
}

/** Replays a sample capture with the default configuration, so that configured outputs do not receive the alerts. */
async function showSample(): Promise<void> {
  const file = sample();
  if (file === undefined) {
    say("No sample capture to replay: samples/ is empty.");
    process.exitCode = 1;
    return;
  }
  say(`Replaying a sample capture instead, ${relative(process.cwd(), file)}:\n`);
  await replay(file, { source: "syscall" });
  say(`\nTo watch this machine: sudo ${start}. To replay another capture: ${program} replay FILE.`);
}

/** Runs the drill in a separate process, because the agent ignores events of its own process. */
function runDrill(): void {
  say("Running the drill: harmless actions that trigger the default rules.");
  spawn(join(home, "bin/eyas"), ["drill"], { stdio: ["ignore", 2, 2] });
}

/** Writes to standard error, because standard output is for alerts. */
function say(line: string): void {
  printError(`${line}\n`);
}

import { spawn } from "node:child_process";
import { release } from "node:os";
import { join, relative } from "node:path";
import { runAgent } from "../agent/agent.ts";
import { CannotWatch } from "../agent/failure.ts";
import { home, sample, version } from "../agent/home.ts";
import { count } from "../telemetry/said.ts";
import { replay } from "./replay.ts";
import { positive } from "./settings.ts";
import type { StartOptions } from "./start.ts";

/** What `npm start` shows: this machine live, or a recording where the kernel can't be watched; it says which, and why. */
export async function firstLook({ drill, duration }: StartOptions): Promise<void> {
  try {
    const options = {
      option: ["web_page.enabled=true"],
      ...(duration !== undefined && { seconds: positive(duration, "--duration") }),
    };
    const welcome = (url: string, token: string | undefined): void => {
      const more = token === undefined ? "   (for a new token: sudo ./bin/eyas users renew admin)" : `/#token=${token}`;
      say(`The web page: ${url}${more}`);
    };
    const watching = (_what: string, rules: number): void => {
      say(`Eyas ${version()} watches this machine (Linux ${release()}) with ${count(rules, "rule")}.`);
      say("Alerts appear below. Ctrl-C ends.");
      if (drill) runDrill();
      else say("For something to see, in another terminal: sudo ./bin/eyas drill   (harmless, but looks hostile)");
      say("");
    };
    await runAgent(options, { welcome, watching });
  } catch (error) {
    if (!(error instanceof CannotWatch)) throw error;
    say(error.message);
    await showSample();
  }
}

async function showSample(): Promise<void> {
  const file = sample();
  if (file === undefined) {
    say("There is no recording to show instead: samples/ holds none.");
    process.exitCode = 1;
    return;
  }
  say(`So here is what the rules say of a recording, ${relative(process.cwd(), file)}:\n`);
  await replay(file, { source: "syscall" });
  say("\nTo watch this machine: sudo npm start. Other recordings: ./bin/eyas replay FILE.");
}

/** In a process of its own: what this one does is not watched. */
function runDrill(): void {
  say("The drill begins: harmless actions that look hostile.");
  spawn(process.execPath, [...process.execArgv, join(home, "src/cli/main.ts"), "drill"], { stdio: ["ignore", 2, 2] });
}

/** To standard error: alerts alone go to standard output. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

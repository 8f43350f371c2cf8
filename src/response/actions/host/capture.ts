import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { fromOtherHost } from "../../host.ts";
import { flagIn, flagParameter, numberIn, numberParameter, textIn, textParameter } from "../../parameters.ts";
import { hostFields } from "./fields.ts";
import { folderParameter, privateFolder } from "./folder.ts";

/** Maximum length of the recorder's error output, in characters. */
const MAX_OUTPUT = 400;
/** Time for the recorder to exit after the signal, in milliseconds. */
const EXIT_TIMEOUT = 900;

export const action: Action = {
  name: "host:capture",
  about:
    "Records the machine's events for the configured time to a `.scap` file that `eyas replay`, Falco and " +
    "Stratoshark can read. The action's timeout must be longer than the configured time.",
  example: `seconds: 30
compress: true`,
  parameters: {
    seconds: numberParameter("Duration in seconds.", 10, [1, 3600]),
    max_size: numberParameter("Size in megabytes at which recording stops early.", 100, [1, 100_000]),
    all: flagParameter("Record every system call, not only those that rules and state need.", false),
    compress: flagParameter("Compress the file (`.scap.gz`).", false),
    snaplen: numberParameter(
      "Maximum number of bytes to capture of the data of each read or write. Default: `falco_libs.snaplen`.",
      undefined,
      [0, 65_000],
    ),
    pod: textParameter(
      "UID of a pod whose container events are recorded. Default: all events on the machine are recorded.",
    ),
    folder: folderParameter("Directory for captures. Default: the directory `captures` next to the journal."),
  },
  continues: true,
  isLocal: true,
  fields: hostFields,
  permissions: ["the capabilities of `eyas run`: CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, or root", "disk space"],
  target: ({ hostname }) => ({ target: `machine ${hostname}` }),
  async run(request) {
    const { parameters, host } = request;
    const otherHost = fromOtherHost(request);
    if (otherHost !== undefined) return { outcome: "skipped", reason: otherHost };
    try {
      const folder = textIn(parameters, "folder") || join(host.folder, "captures");
      privateFolder(folder);
      return await record(join(folder, nameFor(request)), request);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { outcome: "failed", reason: `Cannot record: ${reason}.` };
    }
  },
};

/** Returns a file name that is unique per action and alert, and contains no text from the alert except a valid ID. */
function nameFor({ alert, key, parameters }: ActionRequest): string {
  const digest = createHash("sha256").update(`${alert.id}\0${key}`).digest("hex").slice(0, 8);
  const id = /^[0-9a-f-]{36}$/.test(alert.id) ? alert.id : "alert";
  return `${id}-${digest}.scap${flagIn(parameters, "compress") ? ".gz" : ""}`;
}

async function record(path: string, { parameters, host, signal }: ActionRequest): Promise<ActionResult> {
  const limits = [
    "-M",
    String(numberIn(parameters, "seconds")),
    "--max-size",
    String(numberIn(parameters, "max_size")),
  ];
  const { snaplen } = parameters;
  const pod = textIn(parameters, "pod");
  const more = [
    ...(flagIn(parameters, "all") ? ["--all"] : []),
    ...(typeof snaplen === "number" ? ["-o", `falco_libs.snaplen=${snaplen}`] : []),
    ...(pod === "" ? [] : [`--pod=${pod}`]),
  ];
  const began = performance.now();
  const recorder = spawn(host.launcher, ["record", "-w", path, ...limits, ...more], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: "/",
  });
  const { status, word } = await endOf(recorder, signal);
  const size = sizeOf(path);
  if (status !== 0) {
    rmSync(path, { force: true });
    throw new Error(word || `the recorder exited with ${status ?? "a signal"}`);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const cut = signal.aborted ? "; the recording was aborted" : "";
  return { outcome: "done", answer: `Recorded ${seconds} s to ${path} (${size} bytes)${cut}.` };
}

/**
 * Waits for the recorder to exit. If the action is aborted, stops the recorder; the capture is valid up to that time.
 */
function endOf(recorder: ChildProcess, signal: AbortSignal): Promise<{ status: number | null; word: string }> {
  return new Promise((resolve, reject) => {
    let said = "";
    let last: NodeJS.Timeout | undefined;
    const stop = (): void => {
      recorder.kill("SIGTERM");
      last = setTimeout(() => recorder.kill("SIGKILL"), EXIT_TIMEOUT);
    };
    recorder.stderr?.on("data", (bytes: Buffer) => {
      said = `${said}${bytes}`.slice(-MAX_OUTPUT);
    });
    recorder.on("error", reject);
    recorder.on("close", (status) => {
      signal.removeEventListener("abort", stop);
      clearTimeout(last);
      resolve({ status, word: said.trim().split("\n").at(-1) ?? "" });
    });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

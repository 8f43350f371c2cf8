import { spawn } from "node:child_process";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";
import { ended, eyas, home, pause } from "../live/sensor.ts";

/** Fields with the mark of an event's behavior, from the process or, if the process has no mark, from an ancestor. */
const MARKS = ["proc.env[EYAS_DRILL]", "proc.aenv[EYAS_DRILL]"];
/** Format that adds the mark to alerts. */
export const MARK_FORMAT = MARKS.map((field) => `%${field}`).join(" ");

/** Returns the behavior that an alert belongs to. */
export function markOf({ fields }: DrilledAlert): unknown {
  return MARKS.map((field) => fields[field]).find((value) => typeof value === "string" && value !== "");
}

/** An error if the recorder dropped events. */
export class IncompleteRecording extends Error {}

/** A running `eyas record`. */
export interface Recorder {
  /** Stops the recording. Rejects with {@link IncompleteRecording} if events were dropped. */
  stop(): Promise<void>;
}

/** Starts a recording with the events that these rule files need. Resolves when the recording has begun. */
export async function startRecorder(file: string, rules: readonly string[]): Promise<Recorder> {
  const child = spawn(eyas, ["record", "-w", file, ...rules.flatMap((path) => ["-r", path])], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  while (!said.includes("Recording")) {
    if (child.exitCode !== null) throw new Error(said.trim());
    await pause(20);
  }
  return {
    async stop() {
      await ended(child);
      await closed;
      if (!/none dropped\.\n$/.test(said)) throw new IncompleteRecording(`The recording is incomplete: ${said.trim()}`);
    },
  };
}

/** Returns the alerts of these rule files for a recording, with the fields of {@link MARK_FORMAT}. */
export function replay(file: string, rules: readonly string[]): Promise<DrilledAlert[]> {
  const words = ["replay", file, "--match", "all", "--json", "-p", MARK_FORMAT];
  const child = spawn(eyas, [...words, ...rules.flatMap((path) => ["-r", path])], {
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [text, complaint] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  child.stderr.on("data", (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(readAlerts(text));
      else reject(new Error(complaint.trim()));
    });
  });
}

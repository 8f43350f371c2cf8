import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { home } from "../../../src/agent/home.ts";
import { addUser } from "../../../src/api/users.ts";
import { openReader } from "../../../src/journal/read.ts";

/** An `eyas run` with all HTTP listeners and little memory. */
export interface Target {
  /** URL of the alert intake. Like the other URLs, it has no trailing slash. */
  readonly alerts: string;
  readonly events: string;
  readonly metrics: string;
  readonly page: string;
  /** The token of the intake and the source. */
  readonly token: string;
  readonly userToken: string;
  /** Returns the output so far. */
  said(): string;
  readonly running: boolean;
  /** Ends the target. Returns the numbers of the alerts in the journal (field `attack.number`). */
  end(): Promise<ReadonlySet<number>>;
}

/** Heap size of the target, in MiB. */
const HEAP = 256;
const TOKEN = "right-token";

/** @throws Error with the output if the target does not start */
export async function startTarget(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-attack-listeners-"));
  const journal = join(folder, "journal.db");
  const users = join(folder, "users.json");
  const userToken = addUser(users, "vera", "viewer");
  const settings = [
    ...["engine.kind=nodriver", `journal.path=${journal}`, "stdout_output.enabled=false"],
    ...["alert_intake.enabled=true", "alert_intake.listen_port=0", `alert_intake.token=${TOKEN}`],
    ...["sources.json.app.from=http://127.0.0.1:0/app", `sources.json.app.token=${TOKEN}`],
    ...["webserver.enabled=true", "webserver.listen_port=0", "webserver.prometheus_metrics_enabled=true"],
    ...["web_page.enabled=true", "web_page.listen_port=0", `web_page.users_file=${users}`],
  ];
  const child = spawn(join(home, "bin/eyas"), ["run", ...settings.flatMap((one) => ["-o", one])], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NODE_OPTIONS: `--max-old-space-size=${HEAP}` },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  const find = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(said)?.[1];
        if (found === undefined) return;
        child.stderr.off("data", look);
        resolve(found);
      };
      child.stderr.on("data", look);
      void ended.then(() => reject(new Error(`eyas run ended: ${said}`)));
      look();
    });
  child.stderr.on("data", (bytes) => {
    said += bytes;
  });
  const [alerts, events, metrics, page] = await Promise.all([
    find(/installations on (http:\S+\d)/),
    find(/app events \(origin: (http:\S+\d\/app)/),
    find(/health and metrics on (http:\S+\d)/),
    find(/web UI is at (http:\S+\d)/),
  ]);
  return {
    ...{ alerts, events, metrics, page, token: TOKEN, userToken },
    said: () => said,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    async end() {
      child.kill("SIGTERM");
      await ended;
      const reader = openReader(journal);
      const numbers = new Set<number>();
      for (const { names, values } of reader?.read(0, Number.MAX_SAFE_INTEGER) ?? []) {
        const number: unknown = JSON.parse(values[names.indexOf("attack.number")] ?? "null");
        if (typeof number === "number") numbers.add(number);
      }
      reader?.close();
      rmSync(folder, { recursive: true, force: true });
      return numbers;
    },
  };
}

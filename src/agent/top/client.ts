import { connect, type Socket } from "node:net";
import { Failure } from "../failure.ts";
import type { TopReport } from "./report.ts";

/** Maximum size of a report in bytes, and timeout for a report in milliseconds. */
const [MAX_REPORT, TIMEOUT] = [16 << 20, 10_000];

/** A connection to the agent. */
export interface TopClient {
  /** Requests a report. Only one request may be pending at a time. @throws Failure */
  report(): Promise<TopReport>;
  close(): void;
}

/** Connects to the agent. @throws Failure if no agent accepts the connection */
export async function connectAgent(path: string): Promise<TopClient> {
  const socket = await connected(path);
  let text = "";
  let settle: { resolve(report: TopReport): void; reject(error: Failure): void } | undefined;
  let failure: Failure | undefined;

  function fail(message: string): void {
    failure ??= new Failure(message);
    settle?.reject(failure);
    settle = undefined;
    socket.destroy();
  }

  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
    if (text.length > MAX_REPORT) fail(`The report from ${path} is too large.`);
    const end = text.indexOf("\n");
    if (end < 0 || settle === undefined) return;
    try {
      settle.resolve(reportIn(text.slice(0, end)));
      settle = undefined;
      text = text.slice(end + 1);
    } catch {
      fail(`${path} is not the socket of an agent of this version.`);
    }
  });
  socket.on("timeout", () => fail(`The agent does not respond at ${path}.`));
  socket.on("error", () => {}); // followed by "close"
  socket.on("close", () => fail("The agent has stopped."));

  return {
    report() {
      if (failure !== undefined) return Promise.reject(failure);
      const { promise, resolve, reject } = Promise.withResolvers<TopReport>();
      const settled = (): void => void socket.setTimeout(0);
      settle = {
        resolve(report) {
          settled();
          resolve(report);
        },
        reject,
      };
      socket.setTimeout(TIMEOUT);
      socket.write("\n");
      return promise;
    },
    close() {
      socket.removeAllListeners("close");
      socket.destroy();
    },
  };
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => reject(new Failure(whyNot(path, error))));
  });
}

function whyNot(path: string, { code, message }: NodeJS.ErrnoException): string {
  const isRoot = process.getuid?.() === 0;
  if (code === "EACCES" || code === "EPERM")
    return `Cannot connect to ${path} (permission denied): run this command as the user that runs eyas run, usually root.`;
  if (code !== "ENOENT" && code !== "ECONNREFUSED") return `Cannot connect to ${path}: ${message}.`;
  const root = isRoot || !path.includes("/.local/state/") ? "" : " For root's agent, run sudo eyas top.";
  return `No agent is running: no process responds at ${path}. Start one with eyas run or eyas start; if it has another configuration file, pass it with -c.${root}`;
}

const LISTS = ["sources", "outputs", "rules", "processes", "containers"] as const;

/** @throws Error if the text is not a report */
function reportIn(text: string): TopReport {
  const value: unknown = JSON.parse(text);
  const report = typeof value === "object" && value !== null ? (value as Partial<TopReport>) : {};
  if (typeof report.time !== "number" || typeof report.status !== "string") throw new SyntaxError();
  for (const list of LISTS) if (!Array.isArray(report[list])) throw new SyntaxError();
  return report as TopReport; // the agent is trusted: only its user can open the socket
}

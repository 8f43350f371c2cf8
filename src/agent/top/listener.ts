import { lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Config } from "../../config/load.ts";
import { makeFolder } from "../../journal/folder.ts";
import { reasonOf } from "../../output/output.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { onChange } from "../load/changed.ts";
import { topSocket } from "./socket-path.ts";

/** Maximum number of clients. Additional connections are closed. */
const MAX_CLIENTS = 8;
/** Maximum length of a request, in bytes. */
const MAX_REQUEST = 64;
/** Time without a request after which a client is disconnected, in milliseconds. */
const IDLE = 150_000;
/**
 * Time for which a report is cached, in milliseconds, so that frequent requests do not slow down evaluation.
 */
const MAX_AGE = 100;
/** Timeout for another process to accept a connection, in milliseconds. */
const CONNECT_TIMEOUT = 1000;
/** Only the user of the agent can connect. */
const PRIVATE = 0o177;

export interface TopListenerOptions {
  /** Returns the current report as one line of JSON. */
  readonly report: () => string;
  /** Called when the first client has connected, and when the last client has disconnected. */
  readonly watched: (on: boolean) => void;
  readonly log: Log;
  /** Returns milliseconds of any clock. */
  readonly clock?: () => number;
}

/** Serves `eyas top` on a Unix socket. */
export interface TopListener extends Component {
  close(): Promise<void>;
}

/**
 * Opens the socket. A client sends empty lines; the response to each is a report. If the socket cannot be opened, the
 * reason is logged, because the agent does not depend on the socket. Without a journal, the directory of the socket may
 * not exist, and several agents can run.
 */
export async function openTopListener(first: Config, options: TopListenerOptions): Promise<TopListener> {
  const { log } = options;
  const respond = cached(options.report, options.clock ?? (() => performance.now()));
  const clients = new Set<Socket>();
  let server = await open(first);

  async function open(config: Config): Promise<Server | undefined> {
    const path = topSocket(config);
    try {
      if (config.journal.enabled) makeFolder(dirname(path));
      await removeStale(path);
      return await listen(createServer(accept), path);
    } catch (error) {
      log(logLines.topNotServed(path, reasonOf(error), !config.journal.enabled));
      return undefined;
    }
  }

  function accept(client: Socket): void {
    if (clients.size >= MAX_CLIENTS) {
      client.destroy();
      return;
    }
    clients.add(client);
    if (clients.size === 1) options.watched(true);
    client.on("error", () => client.destroy());
    client.on("close", () => {
      clients.delete(client);
      if (clients.size === 0) options.watched(false);
    });
    client.setTimeout(IDLE, () => client.destroy());
    client.on("data", (request) => {
      // A client that does not read its responses is disconnected, because the responses would fill the memory.
      if (request.length > MAX_REQUEST || client.writableNeedDrain) client.destroy();
      else if (request.includes("\n")) client.write(`${respond()}\n`);
    });
  }

  async function close(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise((resolve) => closing.close(resolve));
    for (const client of clients) client.destroy();
    await closed;
  }

  return {
    apply: onChange(first, ["journal"], async ({ config }, failed) => {
      await close();
      server = await open(config);
      if (server === undefined) failed();
    }),
    close,
  };
}

function cached(report: () => string, clock: () => number): () => string {
  let last = "";
  let made = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock();
    if (now - made >= MAX_AGE) {
      last = report();
      made = now;
    }
    return last;
  };
}

/** Removes the socket of a process that has ended. @throws Error if another process serves it */
async function removeStale(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  if (await isServed(path)) throw new Error("another process serves it");
  rmSync(path, { force: true });
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (served: boolean): void => {
      socket.destroy();
      resolve(served);
    };
    socket.setTimeout(CONNECT_TIMEOUT, () => end(true));
    socket.on("connect", () => end(true)).on("error", () => end(false));
  });
}

function listen(server: Server, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.on("listening", () => resolve(server));
    // The call creates the socket with these permissions.
    const before = process.umask(PRIVATE);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
    server.unref();
  });
}

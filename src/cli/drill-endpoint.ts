import { appendFileSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { Failure } from "../agent/failure.ts";
import type { EventEndpoint } from "../drill/stage.ts";
import { print } from "../telemetry/print.ts";
import { describeResponse, isSuccess, sendRequest } from "../transport/http/send.ts";

/** Timeout for the response of the agent, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Returns an endpoint that sends events to the address of a source.
 * @param to http:// or https:// URL, `unix:` and a path, `-` for standard output, or a file
 */
export function openEndpoint(to: string, tokenFile: string | undefined): EventEndpoint {
  const isHttp = /^https?:\/\//.test(to);
  if (tokenFile !== undefined && !isHttp) throw new Failure("--token-file requires an HTTP or HTTPS URL in --to.");
  if (isHttp) return post(urlOf(to), tokenFile);
  // The other endpoints do not acknowledge lines, because the agent reads the lines after they are written.
  if (to === "-") return lines((line) => print(line));
  if (to.startsWith("unix:")) return lines((line) => writeToSocket(to.slice("unix:".length), line));
  if (/^[a-z0-9+-]+:/i.test(to)) {
    throw new Failure(`Cannot send to ${to}: expected http://…, https://…, unix:/path, a file, or -.`);
  }
  return lines((line) => appendFileSync(to, line));
}

function lines(write: (line: string) => void | Promise<void>): EventEndpoint {
  return { isAcknowledged: false, send: async (event) => write(`${JSON.stringify(event)}\n`) };
}

function urlOf(text: string): URL {
  if (!URL.canParse(text)) throw new Failure(`Invalid address ${text} in --to.`);
  return new URL(text);
}

function post(url: URL, tokenFile: string | undefined): EventEndpoint {
  const token = tokenFile === undefined ? undefined : tokenIn(tokenFile);
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return {
    isAcknowledged: true,
    async send(event) {
      const signal = AbortSignal.timeout(PATIENCE);
      const response = await sendRequest(url, { method: "POST", headers, body: JSON.stringify(event), signal });
      if (isSuccess(response)) return;
      const hint = response.status === 401 && token === undefined ? "; add --token-file" : "";
      throw new Error(`${describeResponse(response, token === undefined ? [] : [token])}${hint}`);
    },
  };
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Failure(`Cannot read the token: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function writeToSocket(path: string, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", (error) => reject(new Error(`cannot write to ${path}: ${error.message}`)));
    socket.end(line, () => resolve());
  });
}

// Sends audit events at a fixed rate, as an API server does: one list per request, retried after status 429 or 503.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ALARMING, bodyOf, podOf } from "./events.ts";

export interface Sent {
  /** Lists with response status 200: number of the first event, and number of events. */
  readonly accepted: readonly { readonly first: number; readonly events: number }[];
  /** Number of accepted events. */
  readonly events: number;
  /** Number of responses with status 429 or 503, after which a request is retried. */
  readonly repeated: number;
  /** Number of responses with other statuses. */
  readonly refused: number;
  /** Number of requests without a response. */
  readonly broken: number;
  /** Response times of the accepted requests, in milliseconds. */
  readonly waits: readonly number[];
}

export interface Load {
  readonly url: string;
  /** Number of events per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Number of events per request. */
  readonly list?: number;
  /** Ratio of all events to suspicious ones. */
  readonly alarming?: number;
  /** Number of the first event. */
  readonly from?: number;
  /** Stops the sender early. */
  readonly signal?: AbortSignal;
}

/** Returns the pods of accepted suspicious events. */
export function podsOf({ accepted }: Sent, alarming: number = ALARMING): string[] {
  const pods: string[] = [];
  for (const { first, events } of accepted)
    for (let number = first; number < first + events; number++) if (number % alarming === 0) pods.push(podOf(number));
  return pods;
}

/** Number of concurrent connections. */
const CONNECTIONS = 16;
/** Maximum number of attempts to send a request. */
const PATIENCE = 1000;

export async function send({
  url,
  rate,
  seconds,
  list = 100,
  alarming = ALARMING,
  from = 0,
  signal,
}: Load): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const accepted: { first: number; events: number }[] = [];
  const waits: number[] = [];
  let [repeated, refused, broken] = [0, 0, 0];

  async function deliver(first: number): Promise<void> {
    const body = bodyOf(first, list, alarming);
    for (let tries = 0; tries < PATIENCE && signal?.aborted !== true; tries++) {
      const began = performance.now();
      const status = await post(url, body, agent);
      if (status === 200) {
        waits.push(performance.now() - began);
        accepted.push({ first, events: list });
        return;
      }
      if (status === undefined) broken++;
      else if (status === 429 || status === 503) repeated++;
      else refused++;
      if (status !== 429 && status !== 503) return;
      await sleep(100);
    }
  }

  const began = performance.now();
  const total = Math.round(rate * seconds);
  const under: Promise<void>[] = [];
  for (let sent = 0; sent < total && signal?.aborted !== true; sent += list) {
    const due = began + (sent / rate) * 1000 - performance.now();
    if (due > 1) await sleep(due);
    under.push(deliver(from + sent));
  }
  await Promise.all(under);
  agent.destroy();
  return { accepted, events: accepted.length * list, repeated, refused, broken, waits };
}

/** @returns the status; undefined without a response */
function post(url: string, body: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request(url, { method: "POST", agent, headers }, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode))
        .on("error", () => resolve(undefined));
    });
    asked.on("error", () => resolve(undefined)).end(body);
  });
}

// Sends alerts to `eyas run`, at a rate or as fast as possible.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Load {
  readonly connections: number;
  /** Alerts per second; 0: as fast as possible. */
  readonly rate: number;
  /** Number of the first alert. */
  readonly first: number;
  /** Duration in seconds. */
  readonly seconds?: number;
  /** Maximum number of alerts. */
  readonly alerts?: number;
}

export interface Sent {
  /** Number of alerts that were accepted (status 200). */
  readonly accepted: number;
  readonly rejected: number;
  /** Time from the scheduled time of each accepted request until its response, in milliseconds. */
  readonly waits: readonly number[];
  /** Duration in seconds. */
  readonly seconds: number;
}

/** Name of the field with the time at which an alert was sent, in milliseconds since the start of this process. */
export const SENT = "bench.sent";

/**
 * At a rate, the schedule does not depend on responses: a request that no connection is free for waits, and its waiting
 * time counts.
 */
export async function sendAlerts(url: string, load: Load): Promise<Sent> {
  const { connections, rate, first, seconds = Number.POSITIVE_INFINITY, alerts = Number.POSITIVE_INFINITY } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const waits: number[] = [];
  const began = performance.now();
  let [number, rejected] = [0, 0];
  const isOver = (): boolean => number >= alerts || performance.now() - began >= seconds * 1000;
  const sendOne = async (scheduled: number): Promise<void> => {
    const status = await post(url, agent, alert(first + number++));
    if (status === 200) waits.push(performance.now() - scheduled);
    else rejected++;
  };
  if (rate === 0) {
    const repeat = async (): Promise<void> => {
      while (!isOver()) await sendOne(performance.now());
    };
    await Promise.all(Array.from({ length: connections }, repeat));
  } else {
    const open = new Set<Promise<void>>();
    while (!isOver()) {
      for (let due = began + (number * 1000) / rate; due <= performance.now() && !isOver(); ) {
        const sending = sendOne(due).finally(() => open.delete(sending));
        open.add(sending);
        due = began + (number * 1000) / rate;
      }
      await sleep(1);
    }
    await Promise.all(open);
  }
  agent.destroy();
  return { accepted: waits.length, rejected, waits, seconds: (performance.now() - began) / 1000 };
}

function alert(one: number): string {
  const pod = `web-${one % 500}`;
  return JSON.stringify({
    hostname: `node-${one % 50}`,
    output: `12:34:56.123456789: Notice A shell was spawned in a container (user=root k8s_pod=${pod} proc=bash number=${one})`,
    output_fields: {
      [SENT]: performance.now(),
      "container.id": (one % 3000).toString(16).padStart(12, "0"),
      "container.image.repository": "registry.example.com/shop/web",
      "evt.time": Date.now() * 1e6,
      "k8s.ns.name": `shop-${one % 20}`,
      "k8s.pod.name": pod,
      "proc.cmdline": `bash -c job-${one}`,
      "proc.name": "bash",
      "proc.pname": "containerd-shim",
      "user.name": "root",
    },
    priority: "Notice",
    rule: "Terminal shell in container",
    source: "syscall",
    tags: ["T1059", "container", "maturity_stable", "mitre_execution", "shell"],
    time: new Date().toISOString(),
  });
}

function post(url: string, agent: Agent, body: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    asked.on("error", () => resolve(undefined)).end(body);
  });
}

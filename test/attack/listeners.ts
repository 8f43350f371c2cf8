import { setTimeout as wait } from "node:timers/promises";
import { seeded } from "../damaged/random.ts";
import { startAwakeClock } from "./awake.ts";
import { assaults } from "./listeners/assaults.ts";
import { endpointOf } from "./listeners/client.ts";
import { startTarget, type Target } from "./listeners/target.ts";

/** Time without a response to a valid client after which an attempt counts as a hang, in milliseconds. */
const HANG = 5000;
/** Interval between two valid requests to the same listener, in milliseconds. */
const PAUSE = 100;

/**
 * Attacks the HTTP listeners of an `eyas run` with 256 MiB of heap while valid clients use them: connections, gzip and
 * JSON bombs, slow bodies, wrong tokens, malformed requests.
 * @returns the numbers of attempts, of unexpected exits of the program, of valid requests without a response for 5
 * seconds, and of acknowledged alerts that are not in the journal
 */
export async function attackListeners({
  minutes,
  seed,
  report,
}: {
  readonly minutes: number;
  readonly seed: number;
  readonly report: (line: string) => void;
}): Promise<{ readonly attempts: number; readonly crashes: number; readonly hangs: number; readonly lost: number }> {
  const random = seeded(seed);
  let target = await startTarget();
  let [attempts, crashes, hangs, lost] = [0, 0, 0, 0];
  const hung = (what: string): void => {
    hangs++;
    report(`seed ${seed}: ${what}`);
  };
  let clients = startClients(target, hung);
  const endpoints = ({ alerts, events, metrics, page, token, userToken }: Target) => [
    endpointOf(alerts, token),
    endpointOf(events, token),
    endpointOf(metrics, ""),
    endpointOf(`${page}/api/v1/alerts`, userToken),
  ];
  const end = performance.now() + minutes * 60_000;
  while (performance.now() < end) {
    const names = Object.keys(assaults);
    const name = names[random.below(names.length)] ?? "";
    const endpoint = random.below(endpoints(target).length);
    const before = hangs;
    attempts +=
      (await assaults[name]?.(endpoints(target)[endpoint] ?? endpointOf(target.alerts, target.token), random)) ?? 0;
    if (hangs > before) report(`seed ${seed}: valid clients had no response during ${name}, endpoint ${endpoint}`);
    if (target.running) continue;
    crashes++;
    report(
      `seed ${seed}: the program ended after ${name}, endpoint ${endpoint}: ${target.said().slice(-300).replaceAll("\n", " ")}`,
    );
    lost += missing(await clients.stop(), await target.end());
    target = await startTarget();
    clients = startClients(target, hung);
  }
  const acknowledged = await clients.stop();
  if (/page stopped/.test(target.said())) {
    crashes++;
    report(`seed ${seed}: the page's worker ended`);
  }
  lost += missing(acknowledged, await target.end());
  return { attempts, crashes, hangs, lost };
}

function missing(acknowledged: readonly number[], kept: ReadonlySet<number>): number {
  return acknowledged.filter((number) => !kept.has(number)).length;
}

/** Starts clients with valid credentials, one per listener. `stop` returns the numbers of acknowledged alerts. */
function startClients(target: Target, hung: (what: string) => void): { stop(): Promise<readonly number[]> } {
  const { alerts, events, metrics, page, token, userToken } = target;
  const acknowledged: number[] = [];
  const bearer = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const json = (body: unknown): RequestInit => ({ method: "POST", headers: bearer, body: JSON.stringify(body) });
  let number = 0;
  const clients: Readonly<Record<string, () => Promise<unknown>>> = {
    async alerts() {
      const own = number++;
      if ((await ask(alerts, json(alertOf(own)))) === 200) acknowledged.push(own);
    },
    events: () => ask(events, json({ time: new Date().toISOString() })),
    health: () => ask(`${metrics}/healthz`, {}),
    session: () => ask(`${page}/api/v1/status`, { headers: { authorization: `Bearer ${userToken}` } }),
    "sign-in": () =>
      ask(`${page}/api/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: userToken }),
      }),
  };
  let stopped = false;
  const clock = startAwakeClock();
  const running = Object.entries(clients).map(async ([name, request]) => {
    for (let answered = clock.now(); !stopped; ) {
      const isAnswered = await request().then(
        () => true,
        () => false, // the connection was closed, and the client may retry
      );
      if (!target.running) return;
      const late = clock.now() - answered > HANG;
      if (late) hung(`no response to ${name}`);
      if (late || isAnswered) answered = clock.now();
      await wait(PAUSE);
    }
  });
  return {
    async stop() {
      stopped = true;
      clock.stop();
      await Promise.all(running);
      return acknowledged;
    },
  };
}

/** Sends a request until the response is neither 429 nor 503. @returns the status of the response */
async function ask(url: string, init: RequestInit): Promise<number> {
  for (;;) {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(4 * HANG) }).catch(() => undefined);
    const status = response?.status ?? 0;
    await response?.arrayBuffer().catch(() => undefined);
    if (status !== 429 && status !== 503 && status !== 0) return status;
    if (response === undefined) throw new Error("closed");
    await wait(PAUSE);
  }
}

function alertOf(number: number): Readonly<Record<string, unknown>> {
  return {
    hostname: "falco-7",
    output: "Shell in a container",
    output_fields: { "attack.number": number },
    priority: "Warning",
    rule: "Terminal shell in container",
    time: new Date().toISOString(),
  };
}

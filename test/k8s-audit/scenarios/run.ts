// Runs scenarios on an API server. Each scenario has a different user agent, which identifies the audit events of the
// scenario.
import { readFileSync } from "node:fs";
import { Agent, request as send } from "node:https";
import { join } from "node:path";
import type { RealApiServer } from "../../parts/kubernetes/api-server.ts";
import { hostileAccess } from "./access.ts";
import { hostileCluster, setUp } from "./cluster.ts";
import { hostilePods } from "./pods.ts";
import type { Request, Scenario } from "./scenario.ts";
import { hostileWorkloads } from "./workloads.ts";

export const hostile: readonly Scenario[] = [...hostilePods, ...hostileWorkloads, ...hostileAccess, ...hostileCluster];

const PREFIX = "scenario/";

/** Returns the scenario of an event, by its user agent. */
export function scenarioOf(userAgent: string): string | undefined {
  return userAgent.startsWith(PREFIX) ? userAgent.slice(PREFIX.length).split(" ", 1)[0] : undefined;
}

/** The responses to the requests of a scenario. */
export interface Outcome {
  readonly id: string;
  readonly answers: readonly { readonly status: number; readonly text: string }[];
}

/** Runs scenarios one after another. */
export async function runScenarios(server: RealApiServer, scenarios: readonly Scenario[]): Promise<readonly Outcome[]> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(join(server.folder, "ca.crt")) });
  const ask = (userAgent: string, id: string, one: Request) => answerTo(server, agent, userAgent, id, one);
  const outcomes: Outcome[] = [];
  for (const one of setUp) await ask("setup", "setup", one);
  for (const { id, before = [], requests } of scenarios) {
    const answers: Outcome["answers"][number][] = [];
    for (const one of before) {
      const { status, text } = await ask("setup", id, one);
      if (status >= 300 && status !== 409) throw new Error(`${id}: ${one.method} ${one.path}: ${status} ${text}`);
    }
    for (const one of requests) answers.push(await ask(`${PREFIX}${id}`, id, one));
    outcomes.push({ id, answers });
  }
  agent.destroy();
  return outcomes;
}

/** Sends requests one after another. @throws Error with the first response whose status is not 201 */
export async function createAll(server: RealApiServer, requests: readonly Request[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(join(server.folder, "ca.crt")) });
  for (const one of requests) {
    const { status, text } = await answerTo(server, agent, "setup", "", one);
    if (status !== 201) throw new Error(`${one.method} ${one.path}: ${status} ${text}`);
  }
  agent.destroy();
}

function tokenOf(server: RealApiServer, who: Request["as"]): string | undefined {
  if (who === "anonymous") return undefined;
  if (who === "invalid") return "unknown-token";
  return server.tokens[who ?? "admin"];
}

function answerTo(
  server: RealApiServer,
  agent: Agent,
  userAgent: string,
  id: string,
  { method, path, body, type = "application/json", as, agent: suffix, headers = {} }: Request,
): Promise<{ readonly status: number; readonly text: string }> {
  const text = body === undefined ? "" : JSON.stringify(body).replaceAll("$ID", id);
  const token = tokenOf(server, as);
  const all = {
    ...{
      ...headers,
      "user-agent": suffix === undefined ? userAgent : `${userAgent} ${suffix}`,
      "content-length": Buffer.byteLength(text),
    },
    ...(text !== "" && { "content-type": type }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const url = new URL(path.replaceAll("$ID", id), server.url);
    const asked = send(url, { method, agent, headers: all }, (response) => {
      let answer = "";
      response.on("data", (bytes) => {
        answer += bytes;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text: answer.slice(0, 500) }));
    });
    asked.once("error", reject).end(text);
  });
}

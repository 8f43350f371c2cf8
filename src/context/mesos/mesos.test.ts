import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../../event/document.ts";
import type { Workload } from "../../machine/workload.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { tasksOf } from "./agent.ts";
import { type Mesos, type MesosOptions, openMesos } from "./mesos.ts";

// Stand-ins for Mesos and Marathon that answer as documented.

const container = "a462e867-1622-44c6-be2b-a2d938e197ae";
const taskId = "shop_cart.6a5b7c8d-0000-11ee-8000-0242ac110002";

const task = {
  id: taskId,
  name: "cart.shop",
  framework_id: "fw-0001",
  executor_id: "",
  state: "TASK_RUNNING",
  labels: [
    { key: "team", value: "checkout" },
    { key: "on-call", value: "" },
  ],
  statuses: [
    {
      state: "TASK_RUNNING",
      container_status: { container_id: { value: "inner-1", parent: { value: container } } },
    },
  ],
};

/** Response of an agent's `/state`. */
const stateWith = (tasks: readonly JsonObject[]): JsonObject => ({
  id: "agent-1",
  hostname: "edge-1",
  frameworks: [
    {
      id: "fw-0001",
      name: "marathon",
      executors: [{ id: taskId, container, directory: "/var/lib/mesos", tasks, queued_tasks: [] }],
      completed_executors: [],
    },
  ],
  completed_frameworks: [],
});

const known: Workload = {
  mesos: { id: taskId, name: "cart.shop", frameworkId: "", frameworkName: "", labels: new Map(), seen: true },
  marathon: { id: "/shop/my cart", labels: new Map([["TEAM", "checkout"]]) },
  cf: undefined,
  name: "cart.shop",
  whole: true,
};

const servers: Server[] = [];
const opened: Mesos[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  for (const server of servers.splice(0)) server.close();
});

function listen(server: Server): Promise<number> {
  servers.push(server);
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

const serve = async (answer: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createServer(answer))}`;

function open(options: Partial<MesosOptions>): { mesos: Mesos; reports: string[] } {
  const reports: string[] = [];
  const mesos = openMesos(
    { agent: "", marathon: "", timeout: 10_000, tls: undefined, token: () => "", ...options },
    { lost: (which, reason) => reports.push(`${which}: ${reason}`), back: (which) => reports.push(`${which} back`) },
  );
  opened.push(mesos);
  return { mesos, reports };
}

test("framework, name and labels come from the agent; the original labels of the app from Marathon", async () => {
  const paths: string[] = [];
  const agent = await serve((request, response) => {
    paths.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify(stateWith([task])));
  });
  const marathon = await serve((request, response) => {
    paths.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify({ app: { id: "/shop/my cart", labels: { "on-call": "zoë", n: 1 } } }));
  });
  const { mesos, reports } = open({ agent, marathon });
  const more = (await mesos.learn(container, known))?.(known);
  expect(more?.mesos).toEqual({
    id: taskId,
    name: "cart.shop",
    frameworkId: "fw-0001",
    frameworkName: "marathon",
    labels: new Map([
      ["team", "checkout"],
      ["on-call", ""],
    ]),
    seen: true,
  });
  expect(more?.marathon).toEqual({ id: "/shop/my cart", labels: new Map([["on-call", "zo\xc3\xab"]]) });
  expect(paths.toSorted()).toEqual(["GET /state", "GET /v2/apps/shop/my%20cart"]);
  await mesos.learn(container, known);
  expect(paths.filter((path) => path.includes("apps"))).toHaveLength(1); // Marathon's answer is cached
  expect(reports).toEqual([]);
});

test("a task that the agent does not have yet is requested again", async () => {
  let requests = 0;
  const agent = await serve((_request, response) => {
    requests++;
    response.end(JSON.stringify(stateWith(requests === 1 ? [] : [task])));
  });
  const { mesos } = open({ agent });
  const more = (await mesos.learn(container, known))?.(known);
  expect([more?.mesos?.frameworkName, requests]).toEqual(["marathon", 2]);
});

test("a hundred simultaneous new containers cause one or two requests", async () => {
  let requests = 0;
  const agent = await serve((_request, response) => {
    requests++;
    response.end(JSON.stringify(stateWith([task])));
  });
  const { mesos } = open({ agent });
  const all = await Promise.all(Array.from({ length: 100 }, () => mesos.learn(container, known)));
  expect(all.every((each) => each !== undefined)).toBe(true);
  expect(requests).toBeLessThanOrEqual(2);
});

test("TLS with a DC/OS token and a client certificate works", async () => {
  const { read } = makeCertificates();
  const pem = (name: string) => read(name).toString();
  const server = createSecureServer(
    {
      key: read("server.key"),
      cert: read("server.crt"),
      ca: read("ca.crt"),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      response.statusCode = request.headers.authorization === "token=s3cret" ? 200 : 401;
      response.end(JSON.stringify(stateWith([task])));
    },
  );
  const agent = `https://127.0.0.1:${await listen(server)}`;
  const tls = { ca: pem("ca.crt"), cert: pem("client.crt"), key: pem("client.key") };
  const right = open({ agent, tls, token: () => "s3cret" });
  expect((await right.mesos.learn(container, known))?.(known).mesos?.frameworkId).toBe("fw-0001");
  const wrong = open({ agent, tls, token: () => "guess" });
  expect(await wrong.mesos.learn(container, known)).toBeUndefined();
  expect(wrong.reports).toEqual(["Mesos agent: the server responded with status 401"]);
  const stranger = open({ agent, token: () => "s3cret" });
  expect(await stranger.mesos.learn(container, known)).toBeUndefined();
  expect(stranger.reports).toHaveLength(1);
  expect(stranger.reports.join()).not.toContain("s3cret");
});

test("a timeout, an invalid answer or a refused connection is reported once, and the recovery once", async () => {
  let answer: RequestListener = () => {}; // no response
  const agent = await serve((request, response) => answer(request, response));
  const { mesos, reports } = open({ agent, timeout: 1000 });
  expect(await mesos.learn(container, known)).toBeUndefined();
  answer = (_request, response) => response.end("<html>");
  expect(await mesos.learn(container, known)).toBeUndefined();
  answer = (_request, response) => response.end(JSON.stringify(stateWith([task])));
  expect(await mesos.learn(container, known)).toBeDefined();
  expect(reports).toEqual(["Mesos agent: it did not respond in time", "Mesos agent back"]);
  const nobody = open({ marathon: "http://127.0.0.1:1" });
  expect(await nobody.mesos.learn(container, known)).toBeUndefined();
  expect(nobody.reports).toHaveLength(1);
});

test("a task is found by the container of its executor, its own container or its ID; a task that shares an executor only by its own container or ID", () => {
  expect([...tasksOf(stateWith([task])).keys()].toSorted()).toEqual([container, "inner-1", taskId].toSorted());
  const two = tasksOf(stateWith([task, { ...task, id: "other", statuses: [] }]));
  expect([...two.keys()].toSorted()).toEqual(["inner-1", "other", taskId].toSorted());
  expect(tasksOf({ frameworks: [null, 7, { executors: "x" }] }).size).toBe(0);
  expect(tasksOf(null).size).toBe(0);
});

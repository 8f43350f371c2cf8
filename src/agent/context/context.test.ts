import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../../test/stage.ts";
import { loadConfig } from "../../config/load.ts";
import { EventCode } from "../../event/code.ts";
import { documentVocabulary } from "../../field/catalogue.ts";
import { classesOfSource } from "../../field/sources.ts";
import type { Observed } from "../../machine/observed.ts";
import { Failure } from "../failure.ts";
import { type Context, openContext } from "./context.ts";

// The Mesos agent and the metadata service are stand-ins that send the documented responses.

const words = documentVocabulary(await classesOfSource("syscall"));
const uuid = "a462e867-1622-44c6-be2b-a2d938e197ae";
const id = uuid.slice(0, 12);
const taskId = "shop_cart.6a5b7c8d-0000-11ee-8000-0242ac110002";
const NO_PODS = {
  wantsNames: false,
  listedNames: new Set<string>(),
  wantsSessions: false,
  wantsPods: { pods: false, related: false },
};
const BOTH = { ...NO_PODS, wantsWorkloads: true, wantsHost: true };

let server: Server | undefined;
let context: Context | undefined;
afterEach(() => {
  context?.close();
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener): Promise<string> {
  const made = createServer(answer);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

async function settings(...overrides: readonly string[]) {
  const { config, diagnostics } = await loadConfig(undefined, overrides);
  expect(diagnostics).toEqual([]);
  return config;
}

function read(event: Observed, field: string): unknown {
  const use = words.lookup(field);
  if (use === undefined) throw new Error(`no field ${field}`);
  return use.field.bind(use.argument)(event);
}

/** Simulates the start of a Mesos task. */
function startTask(stage: Stage): Observed {
  stage.happen(EventCode.CLONE_20_X, 100, cloneValues(200, { tid: 100, pid: 100, vtid: 100, vpid: 100 }));
  const env = `MESOS_TASK_ID=${taskId}\0MARATHON_APP_ID=/shop/cart\0`;
  const values = execValues({ exe: "/cart", pid: 200, tid: 200, ptid: 100, env, cgroups: `cpu=/mesos/${uuid}\0` });
  return stage.happen(EventCode.EXECVE_19_X, 200, values);
}

const stageWithHost = (): Stage => new Stage({}, [process(100, 1)]);

test("events of a task wait for the metadata of the task from the Mesos agent", async () => {
  const tokens: unknown[] = [];
  let answer = (): void => {};
  const agent = await serve((request, response) => {
    tokens.push(request.headers.authorization);
    const tasks = [{ id: taskId, name: "cart.shop", labels: [{ key: "team", value: "checkout" }] }];
    const state = { frameworks: [{ id: "fw-1", name: "marathon", executors: [{ id: "", container: uuid, tasks }] }] };
    answer = () => response.end(JSON.stringify(state));
  });
  const file = join(mkdtempSync(join(tmpdir(), "eyas-token-")), "token");
  writeFileSync(file, "s3cret\n");
  const config = await settings(`mesos.agent=${agent}`, `mesos.token_file=${file}`, "mesos.timeout=30s");
  const stage = stageWithHost();
  let arrived = 0;
  const around = { machine: stage.machine, live: true, log: () => {}, arrived: () => void arrived++ };
  context = await openContext(config, BOTH, around);
  stage.machine.containerTable.timeout = 60_000;
  const event = startTask(stage);
  expect(stage.machine.containerTable.isAwaited(id)).toBe(true);
  expect([read(event, "mesos.task.name"), read(event, "mesos.framework.name")]).toEqual(["cart.shop", undefined]);
  while (tokens.length === 0) await sleep(5);
  answer();
  while (arrived === 0) await sleep(5);
  expect(stage.machine.containerTable.isAwaited(id)).toBe(false);
  expect([read(event, "mesos.framework.name"), read(event, "mesos.task.label[team]")]).toEqual([
    "marathon",
    "checkout",
  ]);
  expect(tokens).toEqual(["token=s3cret"]);
});

test("an unreachable Mesos agent is logged once, and no events wait for it", async () => {
  const config = await settings("mesos.agent=http://127.0.0.1:1");
  const stage = stageWithHost();
  const log: string[] = [];
  let arrived = 0;
  context = await openContext(config, BOTH, {
    machine: stage.machine,
    live: true,
    log: ({ message }) => void log.push(message),
    arrived: () => void arrived++,
  });
  const event = startTask(stage);
  while (arrived === 0) await sleep(5);
  expect(stage.machine.containerTable.isAwaited(id)).toBe(false);
  expect(read(event, "marathon.app.id")).toBe("/shop/cart");
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/^Cannot query Mesos agent: /);
});

test("host metadata comes from the machine, cloud metadata from the metadata service and the configuration", async () => {
  const address = await serve(({ headers }, response) => {
    response.statusCode = headers.metadata === "true" ? 200 : 404;
    response.end(JSON.stringify({ location: "westeurope", vmId: "vm-1", subscriptionId: "sub-1", zone: "2" }));
  });
  const config = await settings(
    ...["cluster.name=edge", "host.name=cell-7", "cloud.metadata=auto", "cloud.account=shop", "cloud.timeout=30s"],
    `cloud.address=${address}`,
  );
  const stage = stageWithHost();
  const log: string[] = [];
  const around = { machine: stage.machine, live: true, arrived: () => {} };
  context = await openContext(config, BOTH, { ...around, log: ({ message }) => void log.push(message) });
  const event = startTask(stage);
  expect(read(event, "host.kernel")).toBe(release());
  while (log.length === 0) await sleep(5);
  const fields = ["host.name", "cluster.name", "k8s.cluster.name", "cloud.provider", "cloud.region", "cloud.zone"];
  expect([...fields, "cloud.instance_id", "cloud.account"].map((field) => read(event, field))).toEqual([
    ...["cell-7", "edge", "edge", "azure", "westeurope", "2"],
    ...["vm-1", "shop"],
  ]);
  expect(log).toEqual(["This machine runs on azure, in 2."]);
});

test("a reload keeps cloud metadata, and queries the metadata service again only if its settings changed", async () => {
  let asked = 0;
  const address = await serve((_request, response) => {
    asked++;
    response.end(JSON.stringify({ location: "westeurope", vmId: "vm-1", subscriptionId: "sub-1", zone: "2" }));
  });
  const base = ["cloud.metadata=azure", `cloud.address=${address}`, "cloud.timeout=30s"];
  const stage = stageWithHost();
  const cloud = () => stage.machine.host?.cloud;
  const rules = BOTH;
  context = await openContext(await settings(...base), rules, {
    ...{ machine: stage.machine, live: true, log: () => {}, arrived: () => {} },
  });
  await expect.poll(() => cloud()?.region).toBe("westeurope");
  const before = asked;
  await context.apply({ config: await settings(...base, "host.name=cell-7", "cloud.account=shop"), rules });
  expect(stage.machine.host).toMatchObject({ name: "cell-7", cloud: { region: "westeurope", account: "shop" } });
  expect(asked).toBe(before);
  await context.apply({ config: await settings(...base, "cloud.metadata=off"), rules });
  expect(cloud()?.region).toBe("");
  await context.apply({ config: await settings(...base), rules });
  await expect.poll(() => cloud()?.region).toBe("westeurope");
});

test("a reload does not cancel a request to the Mesos agent; changed settings apply to the next request", async () => {
  const waiting: (() => void)[] = [];
  const agent = await serve((_request, response) => {
    const tasks = [{ id: taskId, name: "cart.shop", labels: [] }];
    const state = { frameworks: [{ id: "fw-1", name: "marathon", executors: [{ id: "", container: uuid, tasks }] }] };
    waiting.push(() => response.end(JSON.stringify(state)));
  });
  const base = [`mesos.agent=${agent}`, "mesos.timeout=30s"];
  const stage = stageWithHost();
  const rules = BOTH;
  context = await openContext(await settings(...base), rules, {
    ...{ machine: stage.machine, live: true, log: () => {}, arrived: () => {} },
  });
  const event = startTask(stage);
  await expect.poll(() => waiting.length).toBe(1);
  const { found } = stage.machine.workloads!;
  await context.apply({ config: await settings(...base, "host.name=cell-7"), rules });
  expect(stage.machine.workloads?.found).toBe(found);
  waiting[0]?.();
  await expect.poll(() => read(event, "mesos.framework.name")).toBe("marathon");
  await context.apply({ config: await settings(...base, "mesos.token=s3cret"), rules });
  expect(stage.machine.workloads?.found).not.toBe(found);
  await context.apply({ config: await settings(), rules });
  expect(stage.machine.workloads?.found).toBeUndefined();
});

test("for a capture, only configured metadata is used", async () => {
  let asked = 0;
  const address = await serve((_request, response) => {
    asked++;
    response.end("{}");
  });
  const config = await settings(`mesos.agent=${address}`, "cloud.metadata=auto", `cloud.address=${address}`);
  const stage = stageWithHost();
  context = await openContext(config, BOTH, {
    machine: stage.machine,
    live: false,
    log: () => {},
    arrived: () => {},
  });
  const event = startTask(stage);
  await sleep(50);
  expect(["mesos.task.id", "host.kernel", "cloud.region"].map((field) => read(event, field))).toEqual([
    taskId,
    undefined,
    undefined,
  ]);
  expect([asked, stage.machine.containerTable.isAwaited(id)]).toEqual([0, false]);
});

test("changed settings apply; an unreadable file is an error at the start and a log line later", async () => {
  const stage = stageWithHost();
  const log: string[] = [];
  const around = {
    machine: stage.machine,
    live: true,
    log: ({ message }: { message: string }) => void log.push(message),
    arrived: () => {},
  };
  const broken = await settings("mesos.agent=https://127.0.0.1:1", "mesos.ca_cert=/nowhere/ca.pem");
  await expect(openContext(broken, BOTH, around)).rejects.toThrow(Failure);
  context = await openContext(await settings(), { ...NO_PODS, wantsWorkloads: false, wantsHost: false }, around);
  expect(stage.machine.host).toBeUndefined();
  await context.apply({ config: await settings("cluster.name=edge"), rules: BOTH });
  expect(stage.machine.host?.cluster).toBe("edge");
  await context.apply({ config: broken, rules: BOTH });
  expect(log).toEqual([
    "Cannot query Mesos: mesos.ca_cert: cannot read /nowhere/ca.pem. Task metadata is read only from the environment of the tasks.",
  ]);
});

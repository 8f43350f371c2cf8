import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import { afterAll, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { type Broker, startRedis } from "../../brokers.fixture.ts";
import { arrived, deliverAll, deliverThrough, idsOf, numbered } from "../../brokers-trial.fixture.ts";
import { noCertificates } from "../../receiver.fixture.ts";
import { makeCertificates } from "../../transport/certificates.fixture.ts";
import { type RedisKeys, redisOutput } from "./output.ts";

const keys: Omit<RedisKeys, "address"> = {
  username: "",
  password: "",
  database: 0,
  storagetype: "list",
  key: "falco",
  maxlength: 0,
  tls: false,
  certfile: "",
  keyfile: "",
  cacertfile: "",
  checkcert: true,
  mutualtls: false,
  timeout: 5000,
};
const running: Broker[] = [];
afterAll(() => Promise.all(running.map((broker) => broker.remove())));

async function start(...more: string[]): Promise<Broker> {
  const broker = await startRedis(...more);
  running.push(broker);
  return broker;
}

function open(port: number, changes: Partial<RedisKeys> = {}) {
  return redisOutput({ ...keys, address: `127.0.0.1:${port}`, ...changes }, noCertificates);
}

async function read(port: number, password?: string) {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP: 2, ...(password && { password }) });
  client.on("error", () => {});
  return client.connect();
}

test("a Redis list, hash or stream contains every alert, in order", needs("redis-server"), async () => {
  const { port } = await start();
  const alerts = numbered(0, 1203);
  const client = await read(port);
  const list = open(port);
  expect(await list.deliver(alerts)).toEqual({ outcome: "delivered" });
  expect(arrived(await client.lRange("falco", 0, -1), alerts)).toEqual(idsOf(alerts));
  const hash = open(port, { storagetype: "hashmap", key: "hash", database: 0 });
  await deliverAll(hash, alerts);
  await deliverAll(hash, alerts);
  const hashed = await client.hGetAll("hash");
  expect(arrived(Object.values(hashed), alerts).sort()).toEqual(Object.keys(hashed).sort());
  expect(Object.keys(hashed).sort()).toEqual([...idsOf(alerts)].sort());
  const stream = open(port, { storagetype: "stream", key: "stream" });
  await deliverAll(stream, alerts);
  const entries = (await client.xRange("stream", "-", "+")) ?? [];
  expect(entries.map(({ message }) => message.uuid)).toEqual(idsOf(alerts));
  expect(
    arrived(
      entries.map(({ message }) => message.alert ?? ""),
      alerts,
    ),
  ).toEqual(idsOf(alerts));
  const bounded = open(port, { storagetype: "stream", key: "bounded", maxlength: 100 });
  await deliverAll(bounded, alerts);
  expect(await client.xLen("bounded")).toBeLessThan(400);
  client.destroy();
  for (const output of [list, hash, stream, bounded]) await output.close();
});

test("after a restart of Redis, a list has every alert at least once, in order", needs("redis-server"), async () => {
  const broker = await start();
  const output = open(broker.port);
  const alerts = numbered(0, 600);
  await deliverThrough(output, alerts, async () => {
    await sleep(40);
    await broker.stop("SIGKILL");
    expect(await open(broker.port).deliver(numbered(0, 1))).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/^127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    });
    await broker.start();
  });
  const client = await read(broker.port);
  expect(arrived(await client.lRange("falco", 0, -1), alerts)).toEqual(idsOf(alerts));
  client.destroy();
  await output.close();
});

test("the error for a wrong password does not contain the password", needs("redis-server"), async () => {
  const { port } = await start("--requirepass", "right");
  const wrong = open(port, { address: `redis://:wr%2Fong@127.0.0.1:${port}` });
  const answer = await wrong.deliver(numbered(0, 1));
  expect(answer).toMatchObject({
    outcome: "retry",
    reason: expect.stringContaining("WRONGPASS"),
    persistent: true,
  });
  expect(JSON.stringify(answer)).not.toMatch(/wr.{1,3}ong/);
  const right = open(port, { password: "right" });
  await deliverAll(right, numbered(0, 1));
  const client = await read(port, "right");
  await client.set("text", "x");
  expect(await open(port, { password: "right", key: "text" }).deliver(numbered(0, 1))).toMatchObject({
    outcome: "retry",
    reason: expect.stringContaining("WRONGTYPE"),
  });
  client.destroy();
  await right.close();
});

test("a server that does not respond requests a retry after the timeout", needs("redis-server"), async () => {
  const broker = await start();
  const output = open(broker.port, { timeout: 300 });
  const alerts = numbered(0, 2);
  await deliverAll(output, alerts.slice(0, 1));
  await broker.signal("SIGSTOP");
  const silent = { outcome: "retry", reason: `127.0.0.1:${broker.port}: no response within 0.3 s`, unreachable: true };
  expect(await output.deliver(alerts.slice(1))).toEqual(silent);
  expect(await output.deliver(alerts.slice(1))).toMatchObject({ outcome: "retry" });
  await broker.signal("SIGCONT");
  await deliverAll(output, alerts.slice(1));
  await output.close();
});

test("alerts are delivered over TLS, with a client certificate", needs("redis-server"), async () => {
  const { at } = makeCertificates();
  const files = [
    "--tls-cert-file",
    at("server.crt"),
    "--tls-key-file",
    at("server.key"),
    "--tls-ca-cert-file",
    at("ca.crt"),
  ];
  const broker = await startRedisTls(files);
  const address = `rediss://127.0.0.1:${broker.port}`;
  const own = { certfile: at("client.crt"), keyfile: at("client.key"), cacertfile: at("ca.crt") };
  const output = open(0, { address, mutualtls: true, ...own });
  await deliverAll(output, numbered(0, 3));
  expect(await open(0, { address }).deliver(numbered(0, 1))).toMatchObject({ outcome: "retry" });
  await output.close();
});

async function startRedisTls(files: readonly string[]): Promise<Broker> {
  const broker = await start();
  await broker.stop();
  running.pop();
  const secure = await startRedis("--tls-port", `${broker.port}`, ...files);
  running.push(secure);
  return { ...secure, port: broker.port };
}

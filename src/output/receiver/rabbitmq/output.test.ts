import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "amqplib";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { type Broker, has, startRabbitmq } from "../../brokers.fixture.ts";
import { arrived, deliverAll, deliverThrough, idsOf, numbered } from "../../brokers-trial.fixture.ts";
import { noCertificates } from "../../receiver.fixture.ts";
import { type RabbitmqKeys, rabbitmqOutput } from "./output.ts";

const there = has("rabbitmq-server");
const keys: Omit<RabbitmqKeys, "url"> = {
  queue: "falco",
  exchange: "",
  routingkey: "falco.<priority>.<rule>",
  create: true,
  checkcert: true,
  mutualtls: false,
  timeout: 5000,
};
let broker: Broker;
beforeAll(async () => {
  if (there) broker = await startRabbitmq();
}, 300_000);
afterAll(() => broker?.remove());

function open(changes: Partial<RabbitmqKeys> = {}) {
  return rabbitmqOutput({ ...keys, url: `amqp://127.0.0.1:${broker.port}/`, ...changes }, noCertificates);
}

/** Reads all messages from a queue. */
async function drain(queue: string) {
  const model = await connect(`amqp://127.0.0.1:${broker.port}/`);
  const channel = await model.createChannel();
  const messages: { id: unknown; key: string; lasting: boolean; text: string }[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) break;
    const { properties, fields, content } = message;
    const lasting = properties.deliveryMode === 2;
    messages.push({ id: properties.messageId, key: fields.routingKey, lasting, text: content.toString() });
  }
  await model.close();
  return messages;
}

test("a RabbitMQ queue contains every alert, in order, with its ID", needs("rabbitmq-server"), async () => {
  const output = open({ queue: "all" });
  const alerts = numbered(0, 450);
  expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
  const messages = await drain("all");
  expect(messages.map(({ id }) => id)).toEqual(idsOf(alerts));
  expect(messages.every(({ lasting, key }) => lasting && key === "all")).toBe(true);
  expect(
    arrived(
      messages.map(({ text }) => text),
      alerts,
    ),
  ).toEqual(idsOf(alerts));
  await output.close();
});

test("an exchange routes alerts by priority and rule", needs("rabbitmq-server"), async () => {
  const output = open({ exchange: "alerts" });
  await deliverAll(output, numbered(0, 1)); // no queue is bound yet
  const model = await connect(`amqp://127.0.0.1:${broker.port}/`);
  const channel = await model.createChannel();
  await channel.assertQueue("warnings");
  await channel.bindQueue("warnings", "alerts", "falco.warning.#");
  const alerts = numbered(1, 30);
  await deliverAll(output, alerts);
  await model.close();
  const messages = await drain("warnings");
  expect(messages.map(({ id }) => id)).toEqual(idsOf(alerts));
  expect(messages[0]?.key).toBe("falco.warning.a_shell");
  await output.close();
});

test("errors of the server are reported without the password", needs("rabbitmq-server"), async () => {
  const wrong = open({ url: `amqp://guest:wr%2Fong@127.0.0.1:${broker.port}/` });
  const answer = await wrong.deliver(numbered(0, 1));
  expect(answer).toMatchObject({
    outcome: "retry",
    reason: expect.stringContaining("ACCESS_REFUSED"),
    persistent: true,
  });
  expect(JSON.stringify(answer)).not.toMatch(/wr.{1,3}ong/);
  const missing = open({ queue: "missing", create: false });
  expect(await missing.deliver(numbered(0, 1))).toMatchObject({
    outcome: "retry",
    reason: expect.stringContaining("no queue 'missing'"),
    persistent: true,
  });
  const vanishing = open({ queue: "vanishing" });
  await deliverAll(vanishing, numbered(0, 1));
  const model = await connect(`amqp://127.0.0.1:${broker.port}/`);
  await (await model.createChannel()).deleteQueue("vanishing");
  await model.close();
  const alerts = numbered(1, 3);
  expect(await vanishing.deliver(alerts)).toMatchObject({
    outcome: "retry",
    reason: `127.0.0.1:${broker.port}: queue vanishing does not exist`,
  });
  await deliverAll(vanishing, alerts);
  expect((await drain("vanishing")).map(({ id }) => id)).toEqual(idsOf(alerts));
  for (const output of [wrong, missing, vanishing]) await output.close();
});

/** Forwards connections to RabbitMQ and counts open connections. */
async function startForwarder() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connectTcp(broker.port, "127.0.0.1");
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    pipeline(socket, onward, socket, () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => sockets.size };
}

test("no connections remain open after attempts without a usable queue", needs("rabbitmq-server"), async () => {
  const { port, connections } = await startForwarder();
  const output = open({ url: `amqp://127.0.0.1:${port}/`, queue: "absent", create: false });
  for (let i = 0; i < 3; i++)
    expect(await output.deliver(numbered(0, 1))).toMatchObject({
      outcome: "retry",
      reason: expect.stringContaining("no queue 'absent'"),
    });
  await expect.poll(connections).toBe(0);
  await output.close();
});

test("after a restart of RabbitMQ, the queue contains every alert at least once, in order", {
  ...needs("rabbitmq-server"),
  timeout: 90_000,
}, async () => {
  const output = open();
  const alerts = numbered(0, 400);
  await deliverAll(output, alerts.slice(0, 1));
  await sleep(2000); // RabbitMQ loses a queue if it is killed right after creating it
  await deliverThrough(output, alerts.slice(1), async () => {
    await sleep(100);
    await broker.stop("SIGKILL");
    expect(await open().deliver(numbered(0, 1))).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/^127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    });
    await broker.start();
  });
  const messages = await drain("falco");
  expect(
    arrived(
      messages.map(({ text }) => text),
      alerts,
    ),
  ).toEqual(idsOf(alerts));
  await output.close();
});

test("a server that does not respond requests a retry after the timeout", needs("rabbitmq-server"), async () => {
  const output = open({ queue: "silent", timeout: 500 });
  const alerts = numbered(0, 2);
  await deliverAll(output, alerts.slice(0, 1));
  await broker.signal("SIGSTOP");
  expect(await output.deliver(alerts.slice(1))).toMatchObject({ outcome: "retry" });
  expect(await output.deliver(alerts.slice(1))).toMatchObject({ outcome: "retry" });
  await broker.signal("SIGCONT");
  await deliverAll(output, alerts.slice(1));
  expect([...new Set((await drain("silent")).map(({ id }) => id))]).toEqual(idsOf(alerts));
  await output.close();
});

import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync, type IClientOptions } from "mqtt";
import { afterAll, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { type Broker, startMosquitto } from "../../brokers.fixture.ts";
import { arrived, deliverAll, deliverThrough, idsOf, numbered } from "../../brokers-trial.fixture.ts";
import { noCertificates } from "../../receiver.fixture.ts";
import { makeCertificates } from "../../transport/certificates.fixture.ts";
import { type MqttKeys, mqttOutput } from "./output.ts";

const keys: Omit<MqttKeys, "broker"> = {
  topic: "falco/events",
  qos: 1,
  retained: false,
  user: "",
  password: "",
  checkcert: true,
  mutualtls: false,
  timeout: 5000,
};
const running: Broker[] = [];
afterAll(() => Promise.all(running.map((broker) => broker.remove())));

async function start(config?: string): Promise<Broker> {
  const broker = await startMosquitto(config);
  running.push(broker);
  return broker;
}

function open(port: number, changes: Partial<MqttKeys> = {}, certificates = noCertificates) {
  return mqttOutput({ ...keys, broker: `tcp://127.0.0.1:${port}`, ...changes }, certificates);
}

/**
 * Subscribes to all topics. The subscriber also gets messages that were sent while the broker or the connection was
 * interrupted.
 */
async function listen(port: number, topic = "falco/#", options: IClientOptions = {}) {
  const texts: string[] = [];
  const topics = new Set<string>();
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: "listener",
    clean: false,
    reconnectPeriod: 50,
    ...options,
  });
  client.on("error", () => {});
  client.on("message", (each, payload) => {
    topics.add(each);
    texts.push(payload.toString());
  });
  await client.subscribeAsync(topic, { qos: 1 });
  return { texts, topics, end: () => client.endAsync(true) };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await sleep(25);
}

test("Mosquitto forwards every alert, in order", needs("mosquitto"), async () => {
  const { port } = await start();
  const { texts, topics, end } = await listen(port);
  const output = open(port, { topic: "falco/<priority>/<rule>" });
  const alerts = numbered(0, 450);
  expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
  await until(() => texts.length >= alerts.length);
  expect(arrived(texts, alerts)).toEqual(idsOf(alerts));
  expect([...topics]).toEqual(["falco/warning/a_shell"]);
  await end();
  const kept = numbered(0, 2);
  const keeping = open(port, { retained: true, qos: 2 });
  await deliverAll(keeping, kept);
  const later = await listen(port, "falco/events", { clientId: "later" });
  await until(() => later.texts.length > 0);
  expect(arrived(later.texts, kept)).toEqual([kept[1]?.id]);
  await later.end();
  for (const each of [output, keeping]) await each.close();
});

test("after a restart of Mosquitto, every alert is delivered at least once", needs("mosquitto"), async () => {
  const broker = await start(
    "allow_anonymous true\nautosave_interval 1\nautosave_on_changes true\nmax_queued_messages 0",
  );
  const { texts, end } = await listen(broker.port);
  const output = open(broker.port);
  const alerts = numbered(0, 400);
  await deliverThrough(output, alerts, async () => {
    await sleep(60);
    await broker.stop();
    expect(await open(broker.port).deliver(numbered(0, 1))).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/^127\.0\.0\.1:\d+: .*ECONNREFUSED/),
      unreachable: true,
    });
    await broker.start();
  });
  await until(() => new Set(texts).size >= alerts.length);
  expect(arrived(texts, alerts)).toEqual(idsOf(alerts));
  await end();
  await output.close();
});

test("the error for a wrong password does not contain the password", needs("mosquitto"), async () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-mqtt-")), "passwords");
  execFileSync("mosquitto_passwd", ["-b", "-c", file, "eyas", "right"], { stdio: "pipe" });
  const { port } = await start(`allow_anonymous false\npassword_file ${file}`);
  const wrong = open(port, { broker: `mqtt://eyas:wr%2Fong@127.0.0.1:${port}` });
  const answer = await wrong.deliver(numbered(0, 1));
  expect(answer).toMatchObject({
    outcome: "retry",
    reason: expect.stringMatching(/not authorized|bad user/i),
    persistent: true,
  });
  expect(JSON.stringify(answer)).not.toMatch(/wr.{1,3}ong/);
  const right = open(port, { user: "eyas", password: "right" });
  await deliverAll(right, numbered(0, 1));
  const also = open(port, { broker: `mqtt://eyas:right@127.0.0.1:${port}` });
  await deliverAll(also, numbered(0, 1));
  for (const output of [wrong, right, also]) await output.close();
});

test("a broker that does not respond requests a retry after the timeout", needs("mosquitto"), async () => {
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

test("alerts are delivered over TLS, with a client certificate", needs("mosquitto"), async () => {
  const { at } = makeCertificates();
  const files = `cafile ${at("ca.crt")}\ncertfile ${at("server.crt")}\nkeyfile ${at("server.key")}`;
  const { port } = await start(`allow_anonymous true\n${files}\nrequire_certificate true`);
  const own = { certfile: at("client.crt"), keyfile: at("client.key"), cacertfile: at("ca.crt") };
  const broker = `ssl://127.0.0.1:${port}`;
  const output = open(port, { broker, mutualtls: true }, { ...noCertificates, mutualtlsclient: own });
  await deliverAll(output, numbered(0, 3));
  expect(await open(port, { broker }).deliver(numbered(0, 1))).toMatchObject({ outcome: "retry" });
  await output.close();
});

import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, describe, expect, test } from "vitest";
import { natsServers } from "../../../../test/parts/nats.ts";
import { needs } from "../../../../test/parts/needs.ts";
import { type Broker, startNats } from "../../brokers.fixture.ts";
import { arrived, deliverAll, deliverThrough, idsOf, numbered } from "../../brokers-trial.fixture.ts";
import { alertAbout, noCertificates } from "../../receiver.fixture.ts";
import { subjectOf } from "../../subject.ts";
import { makeCertificates } from "../../transport/certificates.fixture.ts";
import { type NatsKeys, natsOutput } from "./output.ts";

const keys: Omit<NatsKeys, "hostport"> = {
  subjecttemplate: "falco.<priority>.<rule>",
  jetstream: true,
  stream: "falco",
  retention: 30,
  username: "",
  password: "",
  token: "",
  credentialsfile: "",
  checkcert: true,
  mutualtls: false,
  timeout: 5000,
};
const running: Broker[] = [];
afterAll(() => Promise.all(running.map((broker) => broker.remove())));

async function start(program: string, config = ""): Promise<Broker> {
  const broker = await startNats(config, program);
  running.push(broker);
  return broker;
}

function open(port: number, changes: Partial<NatsKeys> = {}, certificates = noCertificates) {
  return natsOutput({ ...keys, hostport: [`127.0.0.1:${port}`], ...changes }, certificates);
}

/** Reads the messages of a stream. */
async function stored(port: number, stream = "falco") {
  const nats = await connect({ servers: `127.0.0.1:${port}` });
  const manager = await jetstreamManager(nats);
  const { config, state } = await manager.streams.info(stream);
  const messages: { subject: string; id: string; text: string }[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(stream, { seq });
    if (message !== null)
      messages.push({ subject: message.subject, id: message.header.get("Nats-Msg-Id"), text: message.string() });
  }
  await nats.close();
  return { config, messages };
}

test("a subject contains priority and rule in lower case, without characters that NATS interprets", () => {
  const alert = alertAbout("x", { rule: "  Read > sensitive.file* (übel)", priority: "Critical" });
  expect(subjectOf(alert, "falco.<priority>.<rule>")).toBe("falco.critical.read_sensitive_file_bel");
  expect(subjectOf(alertAbout("x", { rule: "!" }), "a.<rule>")).toBe("a._");
});

for (const { server, program } of natsServers)
  describe(server, needs(server), () => {
    test("a JetStream stream contains every alert once, in order, with its ID", async () => {
      const { port } = await start(program);
      const output = open(port);
      const alerts = numbered(0, 450);
      expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
      expect(await output.deliver(alerts.slice(100, 300))).toEqual({ outcome: "delivered" });
      const { config, messages } = await stored(port);
      expect(config).toMatchObject({ subjects: ["falco.*.*"], max_age: 30 * 86_400e9, storage: "file" });
      expect(messages.map(({ id }) => id)).toEqual(idsOf(alerts));
      expect(new Set(messages.map(({ subject }) => subject))).toEqual(new Set(["falco.warning.a_shell"]));
      expect(
        arrived(
          messages.map(({ text }) => text),
          alerts,
        ),
      ).toEqual(idsOf(alerts));
      await output.close();
    });

    test("after a restart of NATS, the stream contains every alert once, in order", async () => {
      const broker = await start(program);
      const output = open(broker.port);
      const alerts = numbered(0, 600);
      await deliverThrough(output, alerts, async () => {
        await sleep(60);
        await broker.stop("SIGKILL");
        expect(await open(broker.port).deliver(numbered(0, 1))).toMatchObject({
          outcome: "retry",
          reason: expect.stringMatching(/^127\.0\.0\.1:\d+: .*refused/i),
        });
        await broker.start();
      });
      expect((await stored(broker.port)).messages.map(({ id }) => id)).toEqual(idsOf(alerts));
      await output.close();
    });

    test("without JetStream, only current subscribers get alerts", async () => {
      const { port } = await start(program);
      const output = open(port, { jetstream: false });
      const nats = await connect({ servers: `127.0.0.1:${port}` });
      const texts: string[] = [];
      nats.subscribe("falco.warning.>", { callback: (_, message) => void texts.push(message.string()) });
      await nats.flush();
      const alerts = numbered(0, 300);
      expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
      await nats.flush();
      expect(arrived(texts, alerts)).toEqual(idsOf(alerts));
      await nats.close();
      await output.close();
    });

    test("an alert that is too large is rejected, and the others are delivered", async () => {
      const { port } = await start(program, "max_payload: 8192");
      const output = open(port);
      const [first, last] = numbered(0, 2);
      const large = alertAbout("x".repeat(8000), { id: "large" });
      if (first === undefined || last === undefined) throw new Error("no alerts");
      expect(await output.deliver([first, large, last])).toMatchObject({
        outcome: "partly",
        retry: [],
        rejected: [{ alert: large, reason: expect.stringMatching(/is larger than the server accepts/) }],
      });
      expect((await stored(port)).messages.map(({ id }) => id)).toEqual([first.id, last.id]);
      await output.close();
    });

    test("an alert that exceeds the limit of the stream is rejected, even if it is the first alert of a connection", async () => {
      const { port } = await start(program);
      const nats = await connect({ servers: `127.0.0.1:${port}` });
      const subjects = ["falco.*.*"];
      await (await jetstreamManager(nats)).streams.add({ name: "falco", subjects, max_msg_size: 4096 });
      await nats.close();
      const output = open(port);
      const [first, last] = numbered(0, 2);
      if (first === undefined || last === undefined) throw new Error("no alerts");
      const large = ["1", "2"].map((id) => alertAbout("x".repeat(5000), { id: `large-${id}` }));
      expect(await output.deliver([large[0]!, first, large[1]!, last])).toMatchObject({
        outcome: "partly",
        retry: [],
        rejected: large.map((alert) => ({ alert, reason: expect.stringMatching(/^NATS: .*message size exceeds/) })),
      });
      expect((await stored(port)).messages.map(({ id }) => id)).toEqual([first.id, last.id]);
      await output.close();
    });

    test("errors of the server are reported without the password", async () => {
      const { port } = await start(program, 'authorization { user: "eyas", password: "right" }');
      const wrong = open(port, { hostport: [`nats://eyas:wr%2Fong@127.0.0.1:${port}`] });
      const answer = await wrong.deliver(numbered(0, 1));
      expect(answer).toMatchObject({
        outcome: "retry",
        reason: expect.stringMatching(/authorization/i),
        persistent: true,
      });
      expect(JSON.stringify(answer)).not.toMatch(/wr.{1,3}ong/);
      const nowhere = open(port, { username: "eyas", password: "right", stream: "" });
      expect(await nowhere.deliver(numbered(0, 1))).toMatchObject({
        outcome: "retry",
        reason: expect.stringContaining("no JetStream stream has the subject falco.<priority>.<rule>"),
        persistent: true,
      });
      const right = open(port, { hostport: [`nats://eyas:right@127.0.0.1:${port}`] });
      await deliverAll(right, numbered(0, 1));
      for (const output of [wrong, nowhere, right]) await output.close();
    });

    test("a server that does not respond requests a retry after the timeout", async () => {
      const broker = await start(program);
      const output = open(broker.port, { timeout: 300 });
      const alerts = numbered(0, 2);
      await deliverAll(output, alerts.slice(0, 1));
      await broker.signal("SIGSTOP");
      expect(await output.deliver(alerts.slice(1))).toMatchObject({ outcome: "retry" });
      expect(await output.deliver(alerts.slice(1))).toMatchObject({ outcome: "retry" });
      await broker.signal("SIGCONT");
      await deliverAll(output, alerts.slice(1));
      expect((await stored(broker.port)).messages.map(({ id }) => id)).toEqual(idsOf(alerts));
      await output.close();
    });

    test("alerts are delivered over TLS, with a client certificate", async () => {
      const { at } = makeCertificates();
      const files = `cert_file: "${at("server.crt")}", key_file: "${at("server.key")}", ca_file: "${at("ca.crt")}"`;
      const { port } = await start(program, `tls { ${files}, verify: true }`);
      const own = { certfile: at("client.crt"), keyfile: at("client.key"), cacertfile: at("ca.crt") };
      const output = open(port, { mutualtls: true }, { ...noCertificates, mutualtlsclient: own });
      await deliverAll(output, numbered(0, 3));
      expect(await open(port, { hostport: [`tls://127.0.0.1:${port}`] }).deliver(numbered(0, 1))).toMatchObject({
        outcome: "retry",
      });
      await output.close();
    });
  });

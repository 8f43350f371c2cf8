import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { createClient } from "@redis/client";
import { freePort, startNats, startRedis } from "../../src/output/brokers.fixture.ts";

/** Numbers of the alerts that a receiver accepted, in order of arrival. */
export interface Taken {
  /** Number of alerts, including repetitions. */
  count(): Promise<number>;
  numbers(): Promise<number[]>;
}

export interface TestReceiver extends Taken {
  readonly port: number;
  stop(): Promise<void>;
}

/** Returns the numbers in a text with alerts. */
export function numbersIn(text: string): number[] {
  return [...text.matchAll(/"chaos\.n\\?":(\d+)/g)].map(([, n]) => Number(n));
}

/** Starts an HTTP server that records the numbers of accepted alerts, with configurable responses. */
export async function startHttp(
  refuse: () => { status: number; headers?: Record<string, string> } | undefined = () => undefined,
): Promise<TestReceiver> {
  const taken: number[] = [];
  const listen = async (incoming: import("node:http").IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const no = refuse();
    if (no !== undefined) {
      response.writeHead(no.status, no.headers).end("not now");
      return;
    }
    for (const n of numbersIn(Buffer.concat(chunks).toString("utf8"))) taken.push(n);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  };
  const server: Server = createServer((incoming, response) => void listen(incoming, response).catch(() => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    count: async () => taken.length,
    numbers: async () => taken,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Starts nats-server with JetStream. */
export async function startJetStream(): Promise<TestReceiver> {
  const broker = await startNats();
  const { port } = broker;
  async function asked<T>(ask: (nats: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> {
    const nats = await connect({ servers: `127.0.0.1:${port}` });
    try {
      return await ask(nats);
    } finally {
      await nats.close();
    }
  }
  return {
    port,
    count: () =>
      asked(async (nats) => (await (await jetstreamManager(nats)).streams.info("falco")).state.messages).catch(() => 0),
    numbers: () =>
      asked(async (nats) => {
        const { state } = await (await jetstreamManager(nats)).streams.info("falco");
        const consumer = await jetstream(nats).consumers.get("falco");
        const taken: number[] = [];
        const messages = await consumer.fetch({ max_messages: state.messages, expires: 30_000 });
        for await (const message of messages) taken.push(...numbersIn(message.string()));
        return taken;
      }),
    stop: () => broker.remove(),
  };
}

/**
 * Starts redis-server, which keeps alerts in a list.
 * @param read finds the numbers in a text with alerts
 */
export async function startRedisList(read = numbersIn): Promise<TestReceiver> {
  const broker = await startRedis();
  async function asked<T>(ask: (client: ReturnType<typeof clientAt>) => Promise<T>): Promise<T> {
    const client = clientAt(broker.port);
    client.on("error", () => {});
    await client.connect();
    try {
      return await ask(client);
    } finally {
      client.destroy();
    }
  }
  return {
    port: broker.port,
    count: () => asked((client) => client.lLen("falco")),
    numbers: () =>
      asked(async (client) => {
        const taken: number[] = [];
        const STEP = 2000;
        for (let at = 0; ; at += STEP) {
          const some = await client.lRange("falco", at, at + STEP - 1);
          taken.push(...read(some.join("\n")));
          if (some.length < STEP) return taken;
        }
      }),
    stop: () => broker.remove(),
  };
}

function clientAt(port: number) {
  return createClient({ RESP: 2, socket: { host: "127.0.0.1", port } });
}

/**
 * Starts rsyslogd, which receives messages over TCP and writes them to a file. By default, rsyslogd uses a second
 * thread when 40,000 messages wait, which would change their order.
 */
export async function startRsyslog(read = numbersIn): Promise<TestReceiver> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-chaos-syslog-"));
  const port = await freePort();
  const log = join(folder, "log");
  writeFileSync(
    join(folder, "conf"),
    `module(load="imtcp")
global(workDirectory="${folder}" maxMessageSize="64k")
main_queue(queue.type="linkedList" queue.size="200000" queue.workerThreads="1")
template(name="whole" type="string" string="%msg%\\n")
input(type="imtcp" port="${port}" address="127.0.0.1")
action(type="omfile" file="${log}" template="whole")
`,
  );
  const child = spawn("rsyslogd", ["-n", "-f", join(folder, "conf"), "-i", join(folder, "pid")], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (let i = 0; i < 200 && !(await listens(port)); i++) await sleep(50);
  const text = (): string => (existsSync(log) ? readFileSync(log, "utf8") : "");
  return {
    port,
    count: async () => read(text()).length,
    numbers: async () => read(text()),
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a server accepts connections. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

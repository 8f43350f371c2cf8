import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Document } from "../../event/document.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import type { Feed } from "../feed.ts";
import { anyJson } from "../reader.ts";
import { openListener } from "../stream/listen.ts";
import { openUdp, openUnixPackets } from "../stream/packets.ts";
import { decodeSyslog } from "./decode.ts";
import { openFrames } from "./frames.ts";

const most = 1000;
const shape = { from: "here", decode: decodeSyslog(anyJson.split, false, most), most };
const local = { host: "127.0.0.1", port: 0 };
const feeds: Feed[] = [];
const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), "eyas-syslog-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await gone;
  }
  for (const feed of feeds.splice(0)) await feed.close();
});

/** An intake that accepts documents up to a limit, and evaluates them immediately. */
function intake(room = Number.POSITIVE_INFINITY) {
  const seen: Document[] = [];
  const box = {
    seen,
    room,
    waiting: 0,
    offer(documents: readonly Document[]) {
      if (seen.length + documents.length > box.room) return undefined;
      seen.push(...documents);
      return Promise.resolve();
    },
  };
  return box;
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 10 });
const values = (box: { readonly seen: readonly Document[] }) =>
  box.seen.map(({ value }) => value as { message: string });
const messages = (box: { readonly seen: readonly Document[] }) => values(box).map(({ message }) => message);

async function listen(box: ReturnType<typeof intake>, tls?: Parameters<typeof openListener>[0]["tls"]) {
  const feed = await openListener({ ...shape, place: local, frame: openFrames, ...(tls && { tls }) }, box);
  feeds.push(feed);
  return feed;
}

/** Starts rsyslogd, which forwards messages from its own socket. */
async function startRsyslog(name: string, actions: string): Promise<(text: string, ...options: string[]) => void> {
  const at = join(folder, name);
  const socket = `${at}.in`;
  writeFileSync(
    `${at}.conf`,
    `global(workDirectory="${folder}" maxMessageSize="64k" net.enabledns="off"${actions.includes("ossl") ? ` DefaultNetstreamDriverCAFile="${at}.ca"` : ""})
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" UsePIDFromSystem="off")
${actions}\n`,
  );
  const child = spawn("rsyslogd", ["-n", "-f", `${at}.conf`, "-i", `${at}.pid`], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  children.push(child);
  await until(() => expect(existsSync(socket)).toBe(true));
  return (text, ...options) => {
    spawnSync("logger", ["-u", socket, "-t", "app", "--id=77", "-p", "local3.warning", ...options, text]);
  };
}

const expected = { facility: "local3", severity: "warning", app: "app", procid: "77", time: expect.any(String) };

test("rsyslog sends over UDP, in both formats", needs("rsyslogd", "logger"), async () => {
  const box = intake();
  const feed = await openUdp(shape, local, box);
  feeds.push(feed);
  const forward = (template: string) =>
    `action(type="omfwd" target="127.0.0.1" port="${feed.port}" protocol="udp" template="${template}")`;
  const templates = ["RSYSLOG_SyslogProtocol23Format", "RSYSLOG_TraditionalForwardFormat", "RSYSLOG_ForwardFormat"];
  const log = await startRsyslog("udp", templates.map(forward).join("\n"));
  log("grüße");
  await until(() => expect(box.seen.length).toBe(3));
  for (const value of values(box)) {
    expect(value).toMatchObject({ ...expected, host: expect.any(String) });
    expect(Buffer.from(value.message.trim(), "latin1").toString()).toBe("grüße");
  }
  const [first] = box.seen;
  expect(Math.abs(Number(first!.time / 1_000_000n) - Date.now())).toBeLessThan(60_000);
  expect(first).toMatchObject({ kind: "app", host: expect.any(String) });
});

test("rsyslog sends over TCP, with lengths and with line feeds", needs("rsyslogd", "logger"), async () => {
  const [counted, lined] = [intake(), intake()];
  const [first, second] = [await listen(counted), await listen(lined)];
  const forward = (port: number, framing: string) =>
    `action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" TCP_Framing="${framing}" template="RSYSLOG_SyslogProtocol23Format")`;
  const log = await startRsyslog(
    "tcp",
    `${forward(first.port, "octet-counted")}\n${forward(second.port, "traditional")}`,
  );
  for (let i = 0; i < 20; i++) log(`message ${i}`);
  const all = Array.from({ length: 20 }, (_, i) => ` message ${i}`);
  for (const box of [counted, lined]) {
    await until(() => expect(messages(box)).toEqual(all));
    expect(values(box)[0]).toMatchObject(expected);
  }
});

test("rsyslog sends over TLS", needs("rsyslogd with TLS", "logger", "openssl"), async () => {
  const { at, read } = makeCertificates();
  const box = intake();
  const feed = await listen(box, { cert: read("server.crt"), key: read("server.key") });
  writeFileSync(join(folder, "tls.ca"), readFileSync(at("ca.crt")));
  const log = await startRsyslog(
    "tls",
    `action(type="omfwd" target="127.0.0.1" port="${feed.port}" protocol="tcp" TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid")`,
  );
  log("under seal");
  await until(() => expect(messages(box)).toEqual(["under seal"]));
});

test("rsyslog sends to a Unix socket", needs("rsyslogd", "logger"), async () => {
  const box = intake();
  const path = join(folder, "out.sock");
  feeds.push(await openUnixPackets(shape, path, box));
  const log = await startRsyslog("unix", `module(load="omuxsock")\n$OMUxSockSocket ${path}\n*.* :omuxsock:`);
  log("one\ntwo");
  log("three");
  await until(() => expect(messages(box).length).toBe(2));
  expect(values(box)[0]).toMatchObject({ severity: "warning", app: "app", procid: "77" });
});

test("senders without the certificate are rejected, and the others continue", needs("openssl"), async () => {
  const { read } = makeCertificates();
  const stranger = makeCertificates();
  const box = intake();
  const ca = read("ca.crt");
  const feed = await listen(box, {
    cert: read("server.crt"),
    key: read("server.key"),
    ca,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const send = (text: string, client: { readonly cert?: Buffer; readonly key?: Buffer }) =>
    new Promise<void>((resolve) => {
      const socket = connectTls({ ...local, port: feed.port, ca, ...client }, () => socket.end(text));
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
      socket.resume();
    });
  await send("<1>nobody\n", {});
  await send("<1>stranger\n", { cert: stranger.read("client.crt"), key: stranger.read("client.key") });
  await send("<1>friend\n", { cert: read("client.crt"), key: read("client.key") });
  await until(() => expect(messages(box)).toEqual(["friend"]));
  expect(feed.counts.refused.get("handshake")).toBe(2);
});

test("a sender that is faster than the evaluation is blocked, and nothing is lost", async () => {
  const box = intake(0);
  const feed = await listen(box);
  const socket = connect({ ...local, port: feed.port });
  const count = 200_000;
  for (let i = 0; i < count; i += 1000)
    socket.write(Array.from({ length: 1000 }, (_, j) => `<13>message number ${i + j}\n`).join(""));
  socket.end();
  await until(() => expect(feed.counts.bytes).toBeGreaterThan(0));
  const { bytes } = feed.counts;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(feed.counts.bytes).toBe(bytes);
  box.room = Number.POSITIVE_INFINITY;
  await until(() => expect(box.seen.length).toBe(count));
  expect(messages(box).at(-1)).toBe(`message number ${count - 1}`);
});

test("packets that arrive faster than they are evaluated are rejected and counted", async () => {
  const box = intake(0);
  const feed = await openUdp(shape, local, box);
  feeds.push(feed);
  const socket = createSocket("udp4");
  const send = (text: string) => new Promise((resolve) => socket.send(text, feed.port, "127.0.0.1", resolve));
  await send(`<13>${"x".repeat(2000)}`);
  for (let i = 0; i < 200_000 && (feed.counts.refused.get("full") ?? 0) === 0; i++) {
    await send(`<13>${i}`);
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  socket.close();
  expect(feed.counts.refused.get("full")).toBeGreaterThan(0);
  expect(feed.counts.refused.get("too_large")).toBe(1);
  box.room = Number.POSITIVE_INFINITY;
  await until(() => expect(box.seen.length).toBeGreaterThanOrEqual(10_000));
});

test("packets dropped by the system are counted", async () => {
  const box = intake();
  const feed = await openUdp(shape, local, box);
  feeds.push(feed);
  const script = `const s = require("node:dgram").createSocket("udp4"); let n = 0;
    const next = () => n++ < 20000 ? s.send("<13>" + "x".repeat(900), ${feed.port}, "127.0.0.1", next) : s.close(); next();`;
  spawnSync(process.execPath, ["-e", script]); // this process does not read until the script ends
  await until(() => expect(feed.counts.refused.get("dropped")).toBeGreaterThan(0));
  await until(() => expect(box.seen.length + (feed.counts.refused.get("dropped") ?? 0)).toBe(20_000));
});

test("with unwrap the JSON in a message is the event, and a message without JSON is unchanged", () => {
  const decode = decodeSyslog(anyJson.split, true, most);
  const read = (text: string) => decode(Buffer.from(text), { time: 5n }).documents;
  expect(read('<13>1 2026-01-02T03:00:00Z h app - - - @cee: {"a":1}')).toEqual([
    { time: 1_767_322_800_000_000_000n, value: { a: 1 }, size: expect.any(Number), host: "h", kind: "app" },
  ]);
  expect(read("<13>1 - h app - - - {broken")).toMatchObject([{ time: 5n, value: { message: "{broken", app: "app" } }]);
});

test("an address in use, or of another machine, causes a one-sentence error", async () => {
  const feed = await listen(intake());
  const at = (host: string, port: number) =>
    openListener({ ...shape, from: "syslog+tcp://x", place: { host, port }, frame: openFrames }, intake());
  await expect(at("127.0.0.1", feed.port)).rejects.toThrow("Cannot listen on syslog+tcp://x: the address is in use.");
  await expect(at("192.0.2.1", 0)).rejects.toThrow("the address is not assigned to this machine");
});

test("idle connections are replaced, the longest idle first, and counted", async () => {
  const box = intake();
  const feed = await listen(box);
  const open = () =>
    new Promise<ReturnType<typeof connect>>((resolve) => {
      const socket = connect(feed.port, "127.0.0.1", () => resolve(socket)).on("error", () => {});
      socket.resume();
    });
  const steady = await open();
  const silent = [];
  for (let i = 0; i < 1100; i++) {
    silent.push(await open());
    if (i % 100 !== 0) continue;
    steady.write("<13>steady\n");
    await until(() => expect(messages(box).length).toBe(1 + i / 100));
  }
  const late = await open();
  late.write("<13>late\n");
  await until(() => expect(messages(box)).toContain("late"));
  steady.write("<13>end\n");
  await until(() => expect(messages(box)).toContain("end"));
  expect(feed.counts.refused.get("connection")).toBe(1102 - 1024);
  for (const socket of [steady, late, ...silent]) socket.destroy();
});

test.each([
  ["without an end", ""],
  ["of announced lengths", `${(1 << 20) - 1} `],
])("senders of incomplete messages %s use limited memory, and other senders continue", async (_what, beginning) => {
  const box = intake();
  const large = { ...shape, most: 1 << 20 };
  const feed = await openListener({ ...large, place: local, frame: openFrames }, box);
  feeds.push(feed);
  const bytes = Buffer.from(beginning + "x".repeat((1 << 20) - 10));
  const senders = Array.from({ length: 80 }, () => connect(feed.port, "127.0.0.1"));
  for (const sender of senders) sender.on("error", () => {}).write(bytes);
  await until(() => expect(feed.counts.refused.get("connection")).toBeGreaterThanOrEqual(15));
  const other = connect(feed.port, "127.0.0.1");
  other.write("<14>1 - h a 1 - - fine\n");
  await until(() => expect(messages(box)).toEqual(["fine"]));
  for (const sender of [...senders, other]) sender.destroy();
});

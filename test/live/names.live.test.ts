// A DNS server in a network namespace, programs that query it in different ways, and the sensor on the real kernel.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { ended, type LiveSensor, pause, startSensorWith } from "./sensor.ts";

const [RESOLVER, SERVER, OTHER, PORT] = ["127.0.0.53", "192.0.2.1", "192.0.2.2", 8000];

/**
 * Answers queries for `pool.eyas.test`, over UDP and TCP, with 20 addresses: more than the sensor records of other
 * data.
 */
const DNS_SERVER = `
const ADDRESSES = Array.from({ length: 20 }, (_, i) => [192, 0, 2, 20 - i]);
function answer(question) {
  const end = question.indexOf(0, 12) + 5;
  const isAsked = question.readUInt16BE(end - 4) === 1;
  const found = isAsked && question.toString("latin1").toLowerCase().includes("pool") ? ADDRESSES : [];
  const header = Buffer.from([question[0], question[1], 0x81, 0x80, 0, 1, 0, found.length, 0, 0, 0, 0]);
  const records = found.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]));
  return Buffer.concat([header, question.subarray(12, end), ...records]);
}
const framed = (message) => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
const { createSocket } = require("node:dgram");
const { createServer } = require("node:net");
const udp = createSocket("udp4", (question, { port, address }) => udp.send(answer(question), port, address));
const tcp = createServer((peer) => {
  let data = Buffer.alloc(0);
  peer.on("data", (part) => {
    data = Buffer.concat([data, part]);
    while (data.length >= 2 && data.length >= 2 + data.readUInt16BE(0)) {
      peer.write(framed(answer(data.subarray(2, 2 + data.readUInt16BE(0)))));
      data = data.subarray(2 + data.readUInt16BE(0));
    }
  });
  peer.on("error", () => {});
});
udp.bind(53, "${RESOLVER}", () => tcp.listen(53, "${RESOLVER}", () => {
  createServer((peer) => peer.destroy()).listen(${PORT}, "0.0.0.0", () => console.log("ready"));
}));
`;

/** Programs by the way in which they query. */
const CLIENTS: Readonly<Record<string, string>> = {
  resolver: `import socket
print(socket.gethostbyname("pool.eyas.test"))`,
  "resolver-tcp": `import socket
print(socket.gethostbyname("pool.eyas.test"))`,
  unconnected: `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(question, ("${RESOLVER}", 53))
s.recvfrom(4096)`,
  connected: `import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("${RESOLVER}", 53))
os.write(s.fileno(), question)
os.read(s.fileno(), 4096)`,
  decoy: `import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("${RESOLVER}", 53))
s.sendto(b"x", ("${RESOLVER}", 9999))
os.write(s.fileno(), question)
os.read(s.fileno(), 4096)`,
  redirected: `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("${RESOLVER}", 9999))
s.sendto(question, ("${RESOLVER}", 53))`,
  messages: `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendmsg([question[:20], question[20:]], [], 0, ("${RESOLVER}", 53))
s.recvmsg(4096)`,
  stream: `import os, socket, struct
s = socket.create_connection(("${RESOLVER}", 53))
os.writev(s.fileno(), [struct.pack(">H", len(question)), question])
size = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))[0]
s.recv(size, socket.MSG_WAITALL)`,
  vectors: `import os, socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.connect(("::ffff:${RESOLVER}", 53))
os.writev(s.fileno(), [question])
os.readv(s.fileno(), [bytearray(512), bytearray(512)])`,
};

const QUESTION = `question = bytes([7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + b"\\x04pOOl\\x04eyas\\x04test\\x00\\x00\\x01\\x00\\x01"
`;

const RULES = `
- rule: Sensor is ready
  desc: The sensor has caught up
  condition: evt.type = execve and evt.dir = < and proc.args contains eyas-ready-
  output: "%proc.args."
  priority: NOTICE
- rule: Asked
  desc: A question
  condition: dns.type = query and dns.name = pool.eyas.test
  output: "%proc.cmdline | %evt.type %dns.name %dns.rrtype"
  priority: NOTICE
- rule: Answered
  desc: An answer
  condition: dns.type = answer and dns.name = pool.eyas.test and dns.answers exists
  output: "%proc.cmdline | %evt.type %dns.answers"
  priority: NOTICE
- rule: Pool contacted
  desc: A connection to an address of a name
  condition: evt.type = connect and fd.sport = ${PORT} and fd.sip.name endswith .eyas.test
  output: "%proc.cmdline | %fd.sip %fd.sip.name %fd.sip.is_resolved"
  priority: NOTICE
- rule: Unresolved address contacted
  desc: A connection to an address that was not resolved
  condition: evt.type = connect and fd.sport = ${PORT} and fd.sip.is_resolved = false
  output: "%proc.cmdline | %fd.sip"
  priority: NOTICE
`;

const ANSWERS = Array.from({ length: 20 }, (_, i) => `192.0.2.${20 - i}`);
const CONTACT = ["fd.sip", "fd.sip.name", "fd.sip.is_resolved"];

const names = needs("root", "sensor", "network namespaces", "ip", "nsenter", "python3");
const folder = mkdtempSync(join(tmpdir(), "eyas-names-"));
let holder: ChildProcess | undefined;
let server: ChildProcess | undefined;
let sensor: LiveSensor;

const enter = (): string[] => ["-t", String(holder?.pid), "-n", "-m"];

/** Runs a program in the namespaces. */
function run(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("nsenter", [...enter(), ...words], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** Runs a Python program that queries in a given way and then connects to an address. */
function ask(way: string, address: string, options = ""): void {
  const path = join(folder, `${way}.py`);
  const connect = `
import socket
socket.create_connection(("${address}", ${PORT})).close()
`;
  writeFileSync(path, QUESTION + (CLIENTS[way] ?? "") + connect);
  run("env", `RES_OPTIONS=${options}`, "python3", path);
}

/** Returns the values of the fields in alerts of a rule about a program. */
const found = (rule: string, way: string, ...fields: readonly string[]) =>
  sensor
    .alerts()
    .filter((alert) => alert.rule === rule && String(alert.fields["proc.cmdline"]).endsWith(`/${way}.py`))
    .map((alert) => fields.map((name) => alert.fields[name]));

describe("names of addresses", names, () => {
  beforeAll(async () => {
    writeFileSync(join(folder, "resolv.conf"), `nameserver ${RESOLVER}\n`);
    holder = spawn("unshare", ["-n", "-m", "sleep", "600"], { stdio: "ignore" });
    const own = () => readlinkSync(`/proc/${holder?.pid}/ns/net`) !== readlinkSync("/proc/self/ns/net");
    for (const end = Date.now() + 60_000; !own(); await pause(20))
      if (Date.now() > end) throw new Error("no network namespace");
    run("mount", "--bind", join(folder, "resolv.conf"), "/etc/resolv.conf");
    run("ip", "link", "set", "lo", "up");
    for (const address of [SERVER, OTHER]) run("ip", "address", "add", `${address}/32`, "dev", "lo");
    server = spawn("nsenter", [...enter(), process.execPath, "-e", DNS_SERVER], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => server?.stdout?.once("data", resolve));
    sensor = await startSensorWith([], RULES);
    for (const way of Object.keys(CLIENTS)) ask(way, SERVER, way === "resolver-tcp" ? "use-vc" : "");
    ask("plain", "127.0.0.1");
    await sensor.settled();
  });

  afterAll(async () => {
    await sensor?.stop();
    for (const child of [server, holder]) if (child !== undefined) await ended(child);
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["resolver", /^(sendto|sendmmsg)/, /^recvfrom/],
    ["unconnected", /^sendto/, /^recvfrom/],
    ["connected", /^write/, /^read/],
    ["decoy", /^write/, /^read/],
    ["messages", /^sendmsg/, /^recvmsg/],
    ["stream", /^writev/, /^recvfrom/],
    ["vectors", /^writev/, /^readv/],
  ])("are the names that a program queried: %s", (way, asks, answers) => {
    expect(found("Asked", way, "evt.type", "dns.rrtype")).toEqual([[expect.stringMatching(asks), "A"]]);
    expect(found("Answered", way, "evt.type", "dns.answers")).toEqual([[expect.stringMatching(answers), ANSWERS]]);
    expect(found("Pool contacted", way, ...CONTACT)).toEqual([[SERVER, "pool.eyas.test", true]]);
  });

  test("are recorded for a query over a socket that is connected to another port", () => {
    expect(found("Asked", "redirected", "evt.type", "dns.rrtype")).toEqual([["sendto", "A"]]);
  });

  test("are known from a resolver that queries over TCP", () => {
    expect(found("Asked", "resolver-tcp", "dns.name")).toEqual([["pool.eyas.test"]]);
    expect(found("Pool contacted", "resolver-tcp", ...CONTACT)).toEqual([[SERVER, "pool.eyas.test", true]]);
  });

  test("are absent if a program connects to a known address", () => {
    expect(found("Unresolved address contacted", "plain", "fd.sip")).toEqual([["127.0.0.1"]]);
    expect(found("Pool contacted", "plain")).toEqual([]);
  });
});

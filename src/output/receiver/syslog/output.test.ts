import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { factsOf } from "../../alert-facts.ts";
import { alertAbout, hostile } from "../../receiver.fixture.ts";
import { makeCertificates } from "../../transport/certificates.fixture.ts";
import { cef } from "./cef.ts";
import { type SyslogKeys, syslogLine, syslogRemote } from "./output.ts";

const keys: SyslogKeys = {
  host: "127.0.0.1",
  port: 0,
  protocol: "tcp",
  format: "json",
  facility: "local3",
  checkcert: true,
  cacertfile: "",
  certfile: "",
  keyfile: "",
};
const folder = mkdtempSync(join(tmpdir(), "eyas-log-server-"));
const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) await stop(child);
});

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

function open(changes: Partial<SyslogKeys>) {
  const output = syslogRemote({ ...keys, ...changes });
  if (output === undefined) throw new Error("it is off");
  return output;
}

/** Starts rsyslogd, which writes the parts of each message to `log` as a line of JSON. */
async function startRsyslog(input: string, log: string): Promise<ChildProcess> {
  const config = join(folder, `${log}.conf`);
  const parts = ["pri", "hostname", "app-name", "msgid", "timestamp", "msg"].map(
    (name) => `property(name="${name}" format="jsonf"${name === "timestamp" ? ' dateFormat="rfc3339"' : ""})`,
  );
  writeFileSync(
    config,
    `global(workDirectory="${folder}" maxMessageSize="64k")
${input}
template(name="parts" type="list") { constant(value="{") ${parts.join(' constant(value=",") ')} constant(value="}\\n") }
action(type="omfile" file="${join(folder, log)}" template="parts")\n`,
  );
  const child = spawn("rsyslogd", ["-n", "-f", config, "-i", join(folder, `${log}.pid`)], { stdio: "ignore" });
  running.push(child);
  return child;
}

async function received(log: string, count: number): Promise<Readonly<Record<string, string>>[]> {
  const file = join(folder, log);
  const lines = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []);
  for (let i = 0; i < 200 && lines().length < count; i++) await sleep(25);
  return lines().map((line) => JSON.parse(line));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Retries delivery until the server is up. */
async function arrives(output: ReturnType<typeof open>, said: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if ((await output.deliver([alertAbout(said)])).outcome === "delivered") return;
    await sleep(25);
  }
  throw new Error("the alert did not arrive");
}

test("a message has the priority, time, host name and app name of RFC 5424, and spaces cannot change its fields", () => {
  const line = (hostname: string) =>
    syslogLine(
      alertAbout("x", { parts: { hostname, output: "", names: [], values: [] } }),
      13,
      () => "text",
    ).toString();
  expect(line("node-1")).toBe("<108>1 2026-07-30T12:34:56.123456Z node-1 eyas - alert - text");
  expect(line("a b\nc")).toContain("Z abc eyas ");
  expect(line("")).toContain("Z - eyas ");
});

test("rsyslog receives alerts over TCP, even after a restart", needs("rsyslogd"), async () => {
  const port = await freePort();
  const input = `module(load="imtcp")\ninput(type="imtcp" port="${port}" address="127.0.0.1")`;
  const output = open({ port });
  expect(await output.deliver([alertAbout("early")])).toMatchObject({ outcome: "retry" });
  const first = await startRsyslog(input, "tcp");
  await arrives(output, hostile);
  const [message] = await received("tcp", 1);
  expect(message).toMatchObject({
    pri: "156",
    hostname: "node-1",
    "app-name": "eyas",
    msgid: "alert",
    timestamp: "2026-07-30T12:34:56.123456Z",
  });
  expect(JSON.parse(message?.msg ?? "")).toMatchObject({
    rule: "A shell",
    output_fields: { "proc.cmdline": hostile, "proc.pid": 4711 },
  });
  await sleep(1200); // messages that were read before the stop are not sent again
  await stop(first);
  rmSync(join(folder, "tcp"));
  await sleep(50);
  expect(await output.deliver([alertAbout("lost")])).toMatchObject({ outcome: "retry" });
  await startRsyslog(input, "tcp");
  await arrives(output, "again");
  expect((await received("tcp", 1)).map(({ msg }) => JSON.parse(msg ?? "").output)).toEqual([
    "12:34:56.123456789: Warning again",
  ]);
  await output.close();
});

test("rsyslog receives alerts over UDP", needs("rsyslogd"), async () => {
  const port = await freePort();
  await startRsyslog(`module(load="imudp")\ninput(type="imudp" port="${port}" address="127.0.0.1")`, "udp");
  const output = open({ port, protocol: "udp", format: "text" });
  let got: Readonly<Record<string, string>>[] = [];
  for (let i = 0; i < 100 && got.length === 0; i++) {
    await output.deliver([alertAbout("x")]);
    await sleep(50);
    got = await received("udp", 0);
  }
  expect(got[0]).toMatchObject({ pri: "156", msg: "12:34:56.123456789: Warning x" });
  expect(await output.deliver([alertAbout("x".repeat(70_000))])).toMatchObject({ outcome: "rejected" });
  await output.close();
});

test("rsyslog receives alerts over TLS", needs("rsyslogd", "rsyslogd with TLS"), async () => {
  const { at } = makeCertificates();
  const port = await freePort();
  await startRsyslog(
    `global(defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${at("ca.crt")}"
  defaultNetstreamDriverCertFile="${at("server.crt")}" defaultNetstreamDriverKeyFile="${at("server.key")}")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
input(type="imtcp" port="${port}" address="127.0.0.1")`,
    "tls",
  );
  const client = { certfile: at("client.crt"), keyfile: at("client.key") };
  const output = open({ port, protocol: "tls", cacertfile: at("ca.crt"), ...client });
  await arrives(output, "x");
  expect(await received("tls", 1)).toMatchObject([{ hostname: "node-1" }]);
  expect(await open({ port, protocol: "tls", ...client }).deliver([alertAbout("y")])).toMatchObject({
    outcome: "retry",
    reason: expect.stringMatching(/certificate/),
  });
  await output.close();
});

test.each([
  [
    "datagrams",
    (path: string) => `module(load="imuxsock" sysSock.use="off")
input(type="imuxsock" socket="${path}" useSpecialParser="off" ignoreTimestamp="off" useSysTimeStamp="off")`,
  ],
  ["connections", (path: string) => `module(load="imptcp")\ninput(type="imptcp" path="${path}" unlink="on")`],
])(
  "rsyslog receives alerts at a Unix socket that accepts %s, even after a restart",
  needs("rsyslogd"),
  async (kind, input) => {
    const path = join(folder, `${kind}.sock`);
    const output = open({ host: path, protocol: "unix" });
    expect(await output.deliver([alertAbout("early")])).toMatchObject({ outcome: "retry" });
    const first = await startRsyslog(input(path), kind);
    await arrives(output, hostile);
    const [message] = await received(kind, 1);
    expect(message).toMatchObject({ pri: "156", hostname: "node-1", "app-name": "eyas", msgid: "alert" });
    expect(JSON.parse(message?.msg ?? "")).toMatchObject({
      rule: "A shell",
      output_fields: { "proc.cmdline": hostile },
    });
    await sleep(1200); // messages that were read before the stop are not sent again
    await stop(first);
    rmSync(join(folder, kind));
    await sleep(50);
    expect(await output.deliver([alertAbout("lost")])).toMatchObject({ outcome: "retry" });
    await startRsyslog(input(path), kind);
    await arrives(output, "again");
    expect((await received(kind, 1)).map(({ msg }) => JSON.parse(msg ?? "").output)).toEqual([
      "12:34:56.123456789: Warning again",
    ]);
    await output.close();
  },
);

test("each message over TLS follows its length in bytes (stand-in)", async () => {
  const { at, read } = makeCertificates();
  let bytes = Buffer.alloc(0);
  const server = createTlsServer({ cert: read("server.crt"), key: read("server.key") }, (socket) => {
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const output = open({ port, protocol: "tls", cacertfile: at("ca.crt"), format: "text" });
  const batch = ["zwölf", hostile, "three"].map((said) => alertAbout(said));
  expect(await output.deliver(batch)).toEqual({ outcome: "delivered" });
  const messages: string[] = [];
  const whole = Buffer.concat(
    batch.map((alert) => {
      const message = syslogLine(alert, 19, () => alert.text);
      messages.push(alert.text);
      return Buffer.concat([Buffer.from(`${message.length} `), message]);
    }),
  );
  for (let i = 0; i < 100 && bytes.length < whole.length; i++) await sleep(20);
  expect(bytes.equals(whole)).toBe(true);
  await output.close();
  await new Promise((resolve) => server.close(resolve));
});

test("Common Event Format: vertical bars, equals signs and line breaks in an alert are escaped", () => {
  const line = cef(factsOf(alertAbout("a=b|c\\d\r\ne", { rule: "One|two\\\nthree" })));
  expect(line).toMatch(
    /^CEF:0\|Falcosecurity\|Falco\|1\.0\|Falco Event\|One\\\|two\\\\ three\|6\|externalId=[\da-f-]{36} rt=1785414896123 /,
  );
  expect(line).toContain(" msg=12:34:56.123456789: Warning a\\=b|c\\\\d\\r\\ne sproc=sh spid=4711 cs1Label=");
  expect(line).toContain(" cs2Label=tags cs2=T1059,mitre_execution");
  expect(cef(factsOf(alertAbout(hostile))).split(/[\r\n]/)).toHaveLength(1);
});

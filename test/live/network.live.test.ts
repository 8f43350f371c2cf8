// Suricata, nftables and ulogd2 in a network namespace, and the sensor on the real kernel: a network connection of a
// process in a container cgroup is reported by all three as one flow.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ContainerCgroup, makeContainerCgroup } from "../../src/drill/cgroup.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { SURICATA_CONFIG } from "../parts/programs.ts";
import { home, type LiveSensor, pause, startSensor } from "./sensor.ts";

const network = needs(
  "root",
  "sensor",
  "network namespaces",
  "suricata",
  "nft",
  "ulogd",
  "ulogd with JSON",
  "ip",
  "conntrack",
  "nsenter",
  "curl",
);

const [CLIENT, SERVER, PORT, CLOSED, SILENT] = ["10.9.8.1", "10.9.8.2", 8000, 9999, 7777];

const folder = mkdtempSync(join(tmpdir(), "eyas-network-"));
const children: ChildProcess[] = [];
let namespace = 0;
let sensor: LiveSensor | undefined;
let cgroup: ContainerCgroup | undefined;

/** Starts a program in the namespace. */
function start(...words: readonly string[]): ChildProcess {
  const child = spawn("nsenter", ["-t", String(namespace), "-n", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return child;
}

/** Runs a program in the namespace. */
function run(...words: readonly string[]): void {
  const { status, stderr } = spawnSync("nsenter", ["-t", String(namespace), "-n", ...words], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
}

async function until(what: string, holds: () => boolean, within = 60_000): Promise<void> {
  for (const end = Date.now() + within; Date.now() < end; await pause(50)) if (holds()) return;
  throw new Error(`${what} within ${within} ms`);
}

const rules = `
- rule: Call
  desc: A connection reported by the kernel
  condition: evt.type = connect and net.port in (${PORT}, ${CLOSED}) and net.ip = ${SERVER}
  output: "%proc.name %net.community_id %net.src.ip:%net.src.port %net.dst.ip:%net.dst.port %net.direction %container.id"
  priority: NOTICE
- rule: Intrusion
  desc: An alert of the IDS, and the process that caused it
  source: suricata
  condition: ids.event = alert and ids.severity = 1 and proc.name = curl and proc.aname contains sh
  output: "%ids.signature %http.url %proc.name %proc.pname %proc.aname[2] %proc.cmdline %user.name %container.id %net.community_id %net.direction %json.value[/community_id]"
  priority: WARNING
- rule: Datagram
  desc: An alert of the IDS about a datagram
  source: suricata
  condition: ids.id = 9000002
  output: "%proc.pid %proc.cmdline %net.proto %net.community_id %json.value[/community_id]"
  priority: WARNING
- rule: Let through
  desc: A packet that the firewall let through
  source: firewall
  condition: fw.event = packet and fw.action = accept and net.dst.port = ${PORT}
  output: "%fw.prefix %fw.hook %proc.name %proc.pname %container.id %net.community_id"
  priority: NOTICE
- rule: Stopped
  desc: A packet that the firewall stopped
  source: firewall
  condition: fw.blocked = true and net.dst.port in (${CLOSED}, ${SILENT})
  output: "%fw.prefix %fw.action %fw.hook %proc.name %proc.cmdline %proc.pid %proc.pname %container.id %net.community_id"
  priority: WARNING
- rule: Connection over
  desc: What a connection carried
  source: firewall
  condition: fw.event = end and net.dst.port = ${PORT}
  output: "%proc.name %net.bytes %net.packets %net.community_id"
  priority: NOTICE
`;

const signatures = `
alert http any any -> any any (msg:"test of the join"; http.uri; content:"/evil"; classtype:web-application-attack; sid:9000001; rev:1;)
alert udp any any -> any 5400 (msg:"test of datagrams"; content:"join me"; sid:9000002; rev:1;)
`;

const STOP = `table inet mine {
  chain input {
    type filter hook input priority 0; policy accept;
    tcp dport ${CLOSED} log prefix "not here " group 2 reject with tcp reset
  }
  chain output {
    type filter hook output priority 0; policy accept;
    tcp dport ${SILENT} log prefix "not out " group 2 drop
  }
}
`;

const SERVE = `require("node:http").createServer((_, answer) => answer.end("fine")).listen(${PORT}, "${SERVER}")`;

beforeAll(async () => {
  if (network.skip) return;
  const holder = spawn("unshare", ["-n", "sleep", "600"], { stdio: "ignore" });
  children.push(holder);
  namespace = holder.pid ?? 0;
  const own = () => readlink(`/proc/${namespace}/ns/net`) !== readlink("/proc/self/ns/net");
  await until("the namespace exists", own, 10_000);
  run("ip", "link", "set", "lo", "up");
  run("ip", "address", "add", `${CLIENT}/32`, "dev", "lo");
  run("ip", "address", "add", `${SERVER}/32`, "dev", "lo");
  run("nft", "-f", join(home, "deploy/nftables/eyas.nft"));
  const stop = file("stop.nft", STOP);
  run("nft", "-f", stop);

  const ulogd = readFileSync(join(home, "deploy/ulogd2/eyas.conf"), "utf8").replaceAll("/var/log/ulog", folder);
  start("ulogd", "-c", file("ulogd.conf", ulogd));
  const suricata = start(
    ...["suricata", "-c", SURICATA_CONFIG, "--include", join(home, "deploy/suricata/eyas.yaml")],
    ...[
      "-S",
      file("local.rules", signatures),
      "-l",
      folder,
      "-k",
      "none",
      "-i",
      "lo",
      "--pidfile",
      join(folder, "pid"),
    ],
  );
  let said = "";
  for (const stream of [suricata.stdout, suricata.stderr]) stream?.on("data", (chunk) => (said += String(chunk)));
  start(process.execPath, "-e", SERVE);
  cgroup = makeContainerCgroup("docker");

  const eve = join(folder, "eve.json");
  sensor = await startSensor(
    ...["-r", file("rules.yaml", rules)],
    ...["-o", `sources.suricata.from=${eve}`],
    ...["-o", `sources.firewall.from=[${join(folder, "packets.json")}, ${join(folder, "connections.json")}]`],
    ...["-o", `sources.positions=${join(folder, "positions.json")}`],
  );
  await until(`Suricata watches: ${said}`, () => said.includes("Engine started") || suricata.exitCode !== null);
  expect(suricata.exitCode, said).toBeNull();
  await until("the server listens", () => spawnSync("nsenter", request("")).status === 0);
}, 180_000);

afterAll(async () => {
  await sensor?.stop();
  for (const child of children.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }
  cgroup?.remove();
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function readlink(path: string): string {
  return spawnSync("readlink", [path], { encoding: "utf8" }).stdout.trim();
}

/** Returns a curl command for a request from the client's address to the server's. */
function request(path: string, port = PORT): string[] {
  const curl = ["curl", "-s", "-m", "5", "--interface", CLIENT, `http://${SERVER}:${port}/${path}`];
  return ["-t", String(namespace), "-n", ...curl];
}

/** Sends this request from a shell in the container that exits immediately. */
function requestInContainer(path: string, port = PORT): void {
  const move = cgroup?.folders.map((each) => `echo $$ > ${each}/cgroup.procs;`).join(" ") ?? "";
  spawnSync("sh", ["-c", `${move} nsenter "$@"; true`, "sh", ...request(path, port)]);
}

function alertsOf(rule: string): DrilledAlert[] {
  return (sensor?.alerts() ?? []).filter((alert) => alert.rule === rule);
}

const container = () => cgroup?.id.slice(0, 12);

describe("a request over the network", network, () => {
  test("is one flow in events of kernel, IDS and firewall, each with the process", async () => {
    requestInContainer("evil");
    const inContainer = ({ fields }: DrilledAlert) => fields["container.id"] === container();
    await until("an alert of the IDS with its process was raised", () => alertsOf("Intrusion").length > 0);
    await until("packets of the firewall were reported", () => alertsOf("Let through").filter(inContainer).length >= 2);
    const call = alertsOf("Call").find(inContainer);
    const [intrusion] = alertsOf("Intrusion");
    const packets = alertsOf("Let through").filter(inContainer);

    const id = call?.fields["net.community_id"];
    expect(id).toMatch(/^1:[A-Za-z0-9+/]{27}=$/);
    expect(call?.fields).toMatchObject({ "net.src.ip": CLIENT, "net.dst.ip": SERVER, "net.direction": "outbound" });
    expect(intrusion!.fields).toMatchObject({
      "ids.signature": "test of the join",
      "http.url": "/evil",
      "proc.name": "curl",
      "proc.pname": "sh",
      "user.name": "root",
      "container.id": container(),
      "net.community_id": id,
      // Computed by Suricata.
      "json.value[/community_id]": id,
      "net.direction": "outbound",
    });
    expect(intrusion!.fields["proc.cmdline"]).toContain("/evil");
    expect(packets.map(({ fields }) => fields["fw.hook"]).sort()).toEqual(["input", "output"]);
    for (const { fields } of packets) {
      expect(fields).toMatchObject({ "proc.name": "curl", "proc.pname": "sh", "net.community_id": id });
    }
  });

  test("that the firewall blocks has its process", async () => {
    requestInContainer("", CLOSED);
    await until("the firewall reported it", () => alertsOf("Stopped").length > 0);
    expect(alertsOf("Stopped")[0]!.fields).toMatchObject({
      "fw.prefix": "not here",
      "fw.action": "drop",
      "fw.hook": "input",
      "proc.name": "curl",
      "container.id": container(),
    });
  });

  test("without an answer has its process while it waits", async () => {
    const child = start("bash", "-c", `exec 3<>/dev/tcp/${SERVER}/${SILENT}`);
    const silent = () => alertsOf("Stopped").filter(({ fields }) => fields["fw.hook"] === "output");
    await until("the firewall reported it", () => silent().length > 0);
    child.kill("SIGKILL");
    expect(silent()[0]!.fields).toMatchObject({
      ...{ "fw.prefix": "not out", "proc.name": "bash", "proc.pid": child.pid },
    });
  });

  test.each([
    ["a connected socket", ["bash", "-c", `echo -n "join me" > /dev/udp/${SERVER}/5400; sleep 5`]],
    [
      "a socket that is connected to nothing",
      [process.execPath, "-e", `require("node:dgram").createSocket("udp4").send("join me", 5400, "${SERVER}")`],
    ],
  ])("in a datagram from %s has its process", async (_, words) => {
    const child = start(...words);
    const own = () => alertsOf("Datagram").filter(({ fields }) => fields["proc.pid"] === child.pid);
    await until("an alert with the process was raised", () => own().length > 0);
    child.kill("SIGKILL");
    expect(own()[0]!.fields["net.proto"]).toBe("udp");
  });

  test("is logged as a connection when it ends", async () => {
    const id = alertsOf("Intrusion")[0]?.fields["net.community_id"];
    run("conntrack", "-D", "-s", CLIENT, "-p", "tcp", "--dport", String(PORT));
    const over = () => alertsOf("Connection over").filter(({ fields }) => fields["net.community_id"] === id);
    await until("the end of the connection was reported", () => over().length > 0);
    expect(over()[0]!.fields["proc.name"]).toBe("curl");
  });
});

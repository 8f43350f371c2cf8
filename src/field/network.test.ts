import { describe, expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { addressOf } from "../event/address.ts";
import { EventCode } from "../event/code.ts";
import type { Document, JsonObject } from "../event/document.ts";
import { openJoiner } from "../machine/join.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { documentVocabulary, type RuleVocabulary, vocabulary } from "./catalogue.ts";
import type { Scalar, Value } from "./field.ts";
import { netClass } from "./net.ts";
import { classesOfSource } from "./sources.ts";

const suricata = documentVocabulary(await classesOfSource("suricata"));
const firewall = documentVocabulary(await classesOfSource("firewall"));
const calls = vocabulary({}, [netClass]);

function read(words: RuleVocabulary, event: Observed, text: string): Value | undefined {
  const use = words.lookup(text);
  if (use === undefined) throw new Error(`no field ${text}`);
  return use.field.bind(use.argument)(event);
}

function holds(
  words: RuleVocabulary,
  event: Observed,
  text: string,
  operator: string,
  ...operands: Scalar[]
): boolean | undefined {
  return words.lookup(text)?.field.test?.(undefined, operator, operands)?.(event);
}

function observed(document: Document["value"], machine = new Machine()): Observed {
  const event = new Observed(machine);
  event.document = document;
  const block = new Uint8Array(64);
  const view = new DataView(block.buffer);
  view.setBigUint64(0, 1_795_580_013_000_000_000n, true);
  event.place(block, view, 0, 0, 4);
  return event;
}

/** Reads the values of fields from a Suricata event. */
function ids(document: JsonObject, ...names: string[]): (Value | undefined)[] {
  const event = observed(document);
  return names.map((name) => read(suricata, event, name));
}

/** An event that Suricata 7.0.10 wrote. */
const alert: JsonObject = {
  ...{ timestamp: "2026-11-25T04:13:33.376833+0000", flow_id: 1599659945965587, in_iface: "lo", event_type: "alert" },
  ...{ src_ip: "192.0.2.7", src_port: 42042, dest_ip: "10.0.0.5", dest_port: 8000, proto: "TCP", tx_id: 0 },
  alert: {
    ...{ action: "allowed", gid: 1, signature_id: 1000001, rev: 2, signature: "a test", severity: 1 },
    ...{ category: "Web Application Attack", metadata: { confidence: ["High"], tag: ["a", "b"] } },
  },
  http: {
    ...{ hostname: "10.0.0.5", http_port: 8000, url: "/evil", http_user_agent: "curl/8.14.1", status: 404, length: 0 },
    request_headers: [
      { name: "Host", value: "10.0.0.5:8000" },
      { name: "X-Y", value: "1" },
    ],
  },
  files: [{ filename: "/evil", state: "CLOSED", stored: false, size: 335, sha256: "ab" }],
  ...{ app_proto: "http", direction: "to_server", vlan: [7, 8], ether: { src_mac: "00:00:5e:00:53:02" } },
  flow: { pkts_toserver: 4, pkts_toclient: 3, bytes_toserver: 354, bytes_toclient: 391 },
};

describe("an alert of Suricata", () => {
  test("has its fields", () => {
    expect(
      ids(
        alert,
        ...["ids.event", "ids.signature", "ids.id", "ids.gid", "ids.rev", "ids.category", "ids.severity", "ids.action"],
        ...["ids.metadata[confidence]", "ids.metadata[tag]", "ids.metadata[none]", "ids.flow_id", "ids.app"],
        ...["ids.direction", "ids.interface", "ids.tx_id"],
      ),
    ).toEqual([
      ...["alert", "a test", 1000001, 1, 2, "Web Application Attack", 1, "allowed"],
      ...["High", "a,b", undefined, 1599659945965587n, "http", "to_server", "lo", 0],
    ]);
  });

  test("has the fields of its request, file and flow", () => {
    expect(
      ids(
        alert,
        ...["http.host", "http.port", "http.url", "http.status", "http.length", "http.request.header[host]"],
        ...["http.response.header[host]", "file.name", "file.size", "file.stored", "file.sha256"],
        ...["net.proto", "net.src.ip", "net.src.port", "net.dst.ip", "net.dst.port", "net.vlan", "net.src.mac"],
        ...["net.bytes", "net.packets", "net.src.bytes", "net.dst.packets", "net.icmp.type"],
      ),
    ).toEqual([
      ...["10.0.0.5", 8000, "/evil", 404, 0, "10.0.0.5:8000", undefined, "/evil", 335, false, "ab"],
      ...["tcp", addressOf("192.0.2.7"), 42042, addressOf("10.0.0.5"), 8000, 7, "00:00:5e:00:53:02"],
      ...[745, 7, 354, 3, undefined],
    ]);
  });

  test("has no value for missing keys and for values of another type", () => {
    expect(ids(alert, "dns.name", "dns.type", "dns.answers", "tls.sni", "tls.expired", "ids.anomaly.type")).toEqual(
      new Array(6).fill(undefined),
    );
    const odd = { ...alert, alert: [], http: "x", flow: null, src_ip: 7, flow_id: 1.5, files: {}, vlan: "x", dns: 3 };
    expect(
      ids(
        odd,
        "ids.id",
        "http.url",
        "net.bytes",
        "net.src.ip",
        "net.community_id",
        "ids.flow_id",
        "file.name",
        "dns.name",
      ),
    ).toEqual(new Array(8).fill(undefined));
  });

  test("compares both ends", () => {
    const event = observed(alert);
    const [here, there, other] = ["10.0.0.5", "192.0.2.7", "10.0.0.6"].map((text) => addressOf(text) ?? "") as [
      string,
      string,
      string,
    ];
    const network = (text: string, bits: number) => (addressOf(text) ?? "") + String.fromCharCode(bits);
    expect([
      ...[holds(suricata, event, "net.ip", "=", here), holds(suricata, event, "net.ip", "=", other)],
      ...[holds(suricata, event, "net.ip", "!=", there), holds(suricata, event, "net.ip", "!=", other)],
      ...[holds(suricata, event, "net.ip", "in", other, there), holds(suricata, event, "net.ip", "exists")],
      ...[holds(suricata, event, "net.port", "in", 80, 8000), holds(suricata, event, "net.port", "=", 80)],
      ...[holds(suricata, event, "net.net", "=", network("10.0.0.0", 8))],
      ...[holds(suricata, event, "net.net", "in", network("172.16.0.0", 12), network("192.0.2.0", 24))],
      ...[holds(suricata, event, "net.net", "!=", network("10.0.0.0", 8))],
      holds(suricata, observed({}), "net.ip", "!=", other),
    ]).toEqual([true, false, false, true, true, true, true, false, true, true, false, false]);
    expect(() => holds(suricata, event, "net.port", "<", 80)).toThrow(`net.port cannot be compared with "<".`);
  });
});

describe("DNS, in every format of Suricata", () => {
  const NAMES = ["dns.type", "dns.id", "dns.name", "dns.name.length", "dns.rrtype", "dns.rcode", "dns.answers"];
  const answers = [
    { rrname: "www.example.com", rrtype: "CNAME", ttl: 60, rdata: "web.example.com" },
    { rrname: "web.example.com", rrtype: "A", ttl: 60, rdata: "192.0.2.80" },
  ];
  const both = ["web.example.com", "192.0.2.80"];

  test.each([
    [
      "a query of version 2",
      { version: 2, type: "query", id: 7, rrname: "www.example.com", rrtype: "A", tx_id: 0 },
      ["query", 7, "www.example.com", 15, "A", undefined, undefined],
    ],
    [
      "an answer of version 2",
      { version: 2, type: "answer", id: 7, rrname: "www.example.com", rrtype: "A", rcode: "NOERROR", answers },
      ["answer", 7, "www.example.com", 15, "A", "NOERROR", both],
    ],
    [
      "an answer of version 2 whose records are grouped",
      {
        type: "answer",
        id: 7,
        rrname: "a.b",
        rrtype: "A",
        rcode: "NOERROR",
        grouped: { A: ["192.0.2.80"], CNAME: ["c.d"] },
      },
      ["answer", 7, "a.b", 3, "A", "NOERROR", ["192.0.2.80", "c.d"]],
    ],
    [
      "a record of version 1",
      { type: "answer", id: 7, rcode: "NOERROR", rrname: "a.b", rrtype: "A", ttl: 3, rdata: "192.0.2.80" },
      ["answer", 7, "a.b", 3, "A", "NOERROR", ["192.0.2.80"]],
    ],
    [
      "a query inside an alert",
      { query: [{ type: "query", id: 7, rrname: "a.b", rrtype: "TXT", opcode: 0 }] },
      ["query", 7, "a.b", 3, "TXT", undefined, undefined],
    ],
    [
      "a query of version 3",
      { version: 3, type: "request", id: 7, queries: [{ rrname: "a.b", rrtype: "MX" }] },
      ["query", 7, "a.b", 3, "MX", undefined, undefined],
    ],
    [
      "an answer of version 3, with records that are objects",
      {
        ...{ version: 3, type: "response", id: 7, rcode: "NXDOMAIN", queries: [{ rrname: "a.b", rrtype: "SOA" }] },
        answers: [{ rrtype: "SRV", srv: { name: "s.b", port: 1 } }, { soa: { mname: "ns.b" } }, {}],
      },
      ["answer", 7, "a.b", 3, "SOA", "NXDOMAIN", ["s.b", "ns.b"]],
    ],
  ])("%s", (_, dns, values) => {
    expect(ids({ event_type: "dns", dns }, ...NAMES)).toEqual(values);
  });
});

test("a certificate is expired and self-signed according to its own values", () => {
  const tls = {
    ...{ sni: "a.example", version: "TLS 1.2", subject: "CN=a", issuerdn: "CN=a", session_resumed: true },
    ...{
      notbefore: "2020-01-01T00:00:00",
      notafter: "2026-11-25T04:13:32",
      ja3: { hash: "abc" },
      client_alpns: ["h2"],
    },
  };
  const names = ["tls.sni", "tls.expired", "tls.self_signed", "tls.not_after", "tls.ja3", "tls.alpn", "tls.resumed"];
  expect(ids({ tls }, ...names)).toEqual(["a.example", true, true, 1795580012000000000n, "abc", ["h2"], true]);
  const later = { ...tls, notafter: "2027-01-01T00:00:00", issuerdn: "CN=b" };
  expect(ids({ tls: later }, "tls.expired", "tls.self_signed")).toEqual([false, false]);
  expect(ids({ tls: { sni: "a" } }, "tls.expired", "tls.self_signed")).toEqual([undefined, undefined]);
});

test("ICMP has type and code, and no ports", () => {
  const icmp = { src_ip: "10.0.0.1", dest_ip: "10.0.0.2", proto: "ICMP", icmp_type: 8, icmp_code: 0, src_port: 5 };
  expect(ids(icmp, "net.proto", "net.icmp.type", "net.icmp.code", "net.src.port", "net.dst.port")).toEqual([
    ...["icmp", 8, 0, undefined, undefined],
  ]);
});

test("a firewall event has its fields", () => {
  const event = observed({
    ...{ src_ip: "10.0.0.1", src_port: 1, dest_ip: "10.0.0.2", dest_port: 2, proto: 6 },
    fw: {
      ...{
        event: "packet",
        action: "drop",
        prefix: "x",
        hook: "input",
        in: "eth0",
        mark: 1,
        tcp_flags: ["SYN", "ACK"],
      },
      ...{ nat: { dest_ip: "172.17.0.2", dest_port: 80 }, vendor: "Acme", severity: 7 },
    },
  });
  const names = ["fw.event", "fw.action", "fw.blocked", "fw.prefix", "fw.in", "fw.out", "fw.mark", "fw.tcp.flags"];
  const more = ["fw.nat.dst.ip", "fw.nat.dst.port", "fw.nat.src.ip", "fw.vendor", "fw.severity", "net.proto"];
  expect([...names, ...more].map((name) => read(firewall, event, name))).toEqual([
    ...["packet", "drop", true, "x", "eth0", undefined, 1, ["SYN", "ACK"]],
    ...["172.17.0.2", 80, undefined, "Acme", 7, "tcp"],
  ]);
  expect(read(firewall, observed({ fw: { action: "accept" } }), "fw.blocked")).toBe(false);
  expect(read(firewall, observed({ fw: {} }), "fw.blocked")).toBeUndefined();
});

/** A machine with the address 10.0.0.5. */
function stage(): Stage {
  const made = new Stage({}, [process(1, 0), process(100, 1, { comm: "curl" })]);
  made.machine.interfaces([
    { name: "eth0", address: "\x0a\0\0\x05", netmask: "\xff\xff\xff\0", broadcast: "", linkSpeed: 0n },
  ]);
  return made;
}

const bytes = (...parts: (number | readonly number[])[]) => Uint8Array.from(parts.flat());
const port = (number: number) => [number & 255, number >> 8];

describe("the direction", () => {
  const { machine } = stage();
  const packet = (from: string, to: string, more: JsonObject = {}) => {
    const event = observed({ src_ip: from, dest_ip: to, src_port: 1, dest_port: 2, proto: "UDP", ...more }, machine);
    return read(suricata, event, "net.direction");
  };

  test("depends on the owners of the addresses", () => {
    expect([
      ...[packet("10.0.0.5", "192.0.2.1"), packet("192.0.2.1", "10.0.0.5"), packet("10.0.0.5", "127.0.0.1")],
      ...[packet("192.0.2.1", "192.0.2.2")],
    ]).toEqual(["outbound", "inbound", "internal", "external"]);
  });

  test("of a reply is the direction of the flow", () => {
    expect(packet("192.0.2.1", "10.0.0.5", { direction: "to_client" })).toBe("outbound");
  });

  test("is derived from the firewall's hook, if the event has a hook", () => {
    expect(
      ["input", "output", "forward", "prerouting", "constructor"].map((hook) =>
        packet("10.0.0.9", "192.0.2.1", { fw: { hook } }),
      ),
    ).toEqual(["inbound", "outbound", "external", "external", "external"]);
  });
});

describe("a system call", () => {
  test("that connects has the flow, and the Community ID of an observer of its packets", () => {
    const { happen, machine } = bound(stage());
    happen(EventCode.SOCKET_X, 100, [3, 2, 1, 0, 0]);
    const ends = bytes(2, [10, 0, 0, 5], port(42042), [192, 0, 2, 7], port(80));
    const event = happen(EventCode.CONNECT_X, 100, [0, ends, 3, bytes(2, [192, 0, 2, 7], port(80))]);
    const names = ["net.proto", "net.src.ip", "net.src.port", "net.dst.ip", "net.dst.port", "net.direction"];
    expect(names.map((name) => read(calls, event, name))).toEqual([
      ...["tcp", addressOf("10.0.0.5"), 42042, addressOf("192.0.2.7"), 80, "outbound"],
    ]);
    const answer = { src_ip: "192.0.2.7", src_port: 80, dest_ip: "10.0.0.5", dest_port: 42042, proto: "TCP" };
    const id = read(suricata, observed(answer), "net.community_id");
    expect([read(calls, event, "net.community_id"), read(calls, event, "net.community_id")]).toEqual([id, id]);
    expect(read(calls, event, "net.bytes")).toBeUndefined();
    expect(machine.flows).toBeUndefined();
  });

  test("on a socket whose ends change has the Community ID of the new ends", () => {
    const { happen } = bound(stage());
    happen(EventCode.SOCKET_X, 100, [3, 2, 2, 0, 0]);
    const sent = (to: number) =>
      happen(EventCode.SENDTO_X, 100, [1, "x", 3, 1, bytes(2, [10, 0, 0, 5], port(5000), [192, 0, 2, to], port(53))]);
    const first = read(calls, sent(1), "net.community_id");
    const second = read(calls, sent(2), "net.community_id");
    expect(first).toMatch(/^1:/);
    expect(second).not.toBe(first);
    expect(read(calls, sent(1), "net.community_id")).toBe(first);
  });

  test("that binds has the local end, and no flow", () => {
    const { happen } = bound(stage());
    happen(EventCode.SOCKET_X, 100, [3, 2, 1, 0, 0]);
    const event = happen(EventCode.BIND_X, 100, [0, bytes(2, [10, 0, 0, 5], port(80)), 3]);
    const names = ["net.proto", "net.src.ip", "net.dst.ip", "net.dst.port", "net.direction", "net.community_id"];
    expect(names.map((name) => read(calls, event, name))).toEqual([
      ...["tcp", undefined, addressOf("10.0.0.5"), 80, "inbound", undefined],
    ]);
  });

  test("about a file has no flow", () => {
    const { happen } = bound(stage());
    const event = happen(EventCode.SETSID_X, 100, [1]);
    expect(
      ["net.proto", "net.src.ip", "net.community_id", "net.direction"].map((name) => read(calls, event, name)),
    ).toEqual(new Array(4).fill(undefined));
  });
});

test("an alert about a flow of a container process has the direction in which the process started it", () => {
  const made = stage();
  const joiner = openJoiner(made.machine);
  const { happen } = bound(made);
  happen(EventCode.SOCKET_X, 100, [3, 2, 1, 0, 0]);
  happen(EventCode.CONNECT_X, 100, [0, bytes(2, [172, 17, 0, 2], port(1000), [192, 0, 2, 7], port(80)), 3, null]);
  const answer = { src_ip: "192.0.2.7", src_port: 80, dest_ip: "172.17.0.2", dest_port: 1000, proto: "TCP" };
  const event = observed(answer, joiner.machine);
  expect(read(suricata, event, "net.direction")).toBe("external");
  joiner.join(event);
  expect([read(suricata, event, "net.direction"), read(suricata, event, "proc.name")]).toEqual(["outbound", "curl"]);
});

function bound(made: Stage) {
  return { machine: made.machine, happen: made.happen.bind(made) };
}

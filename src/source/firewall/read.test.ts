import { describe, expect, test } from "vitest";
import { type Document, isObject, type JsonObject, member } from "../../event/document.ts";
import { parseJsonText } from "../../event/json-text.ts";
import { decodeFirewall, readFirewall, readFirewallLine } from "./read.ts";

const received = { time: 1_795_600_000_000_000_000n };

function made(document: ReturnType<typeof readFirewall>): { readonly time: bigint; readonly value: JsonObject } {
  if ("reason" in document || !isObject(document.value)) throw new Error(JSON.stringify(document));
  return { time: document.time, value: document.value };
}

/** Returns the event without its parsed input. */
function content(document: ReturnType<typeof readFirewall>): Record<string, unknown> {
  const { raw: _, ...rest } = made(document).value;
  return rest;
}

const line = (text: string) => readFirewallLine(text, received);
const json = (text: string) => readFirewall(parseJsonText(text), received);

describe("ulogd2's JSON, as ulogd 2.0.8 wrote it", () => {
  const packet =
    '{"timestamp": "2026-11-25T04:13:33.372453", "dvc": "Netfilter", "raw.pktlen": 60, "raw.pktcount": 1, "oob.prefix": "eyas in: ", "oob.time.sec": 1795580013, "oob.time.usec": 372453, "oob.mark": 7, "oob.ifindex_in": 1, "oob.hook": 1, "raw.mac_len": 14, "oob.family": 2, "oob.protocol": 2048, "action": "blocked", "raw.type": 772, "raw.mac.addrlen": 6, "ip.protocol": 6, "ip.tos": 0, "ip.ttl": 64, "ip.totlen": 60, "ip.ihl": 5, "ip.csum": 40717, "ip.id": 40364, "ip.fragoff": 16384, "src_port": 42042, "dest_port": 8000, "tcp.seq": 3465481147, "tcp.ackseq": 0, "tcp.window": 65495, "tcp.offset": 0, "tcp.reserved": 0, "tcp.urg": 0, "tcp.ack": 0, "tcp.psh": 0, "tcp.rst": 0, "tcp.syn": 1, "tcp.fin": 0, "tcp.res1": 0, "tcp.res2": 0, "tcp.csum": 65072, "oob.in": "lo", "oob.out": "", "src_ip": "127.0.0.1", "dest_ip": "127.0.0.1", "mac.saddr.str": "00:00:00:00:00:00", "mac.str": "00:00:5e:00:53:01:00:00:5e:00:53:02:08:00"}';

  test("of a packet", () => {
    const document = json(packet);
    expect(made(document).time).toBe(1795580013372453000n);
    expect(content(document)).toEqual({
      ...{ src_ip: "127.0.0.1", src_port: 42042, dest_ip: "127.0.0.1", dest_port: 8000, proto: 6 },
      ether: { src_mac: "00:00:5e:00:53:02", dest_mac: "00:00:5e:00:53:01" },
      fw: {
        ...{ event: "packet", prefix: "eyas in:", action: "drop", hook: "input", in: "lo", mark: 7 },
        ...{ length: 60, ttl: 64, tcp_flags: ["SYN"] },
      },
    });
  });

  test("of a packet, whose prefix takes precedence over the label", () => {
    const document = json(packet.replace("eyas in: ", "[UFW ALLOW] "));
    expect(content(document).fw).toMatchObject({ action: "accept", prefix: "[UFW ALLOW]" });
  });

  const connection =
    '{"timestamp": "2026-11-25T04:13:33", "dvc": "Netfilter", "orig.ip.protocol": 6, "orig.l4.sport": 42042, "orig.l4.dport": 8000, "orig.raw.pktlen": 486, "orig.raw.pktcount": 6, "reply.ip.protocol": 6, "reply.l4.sport": 80, "reply.l4.dport": 42042, "reply.raw.pktlen": 924, "reply.raw.pktcount": 5, "ct.mark": 0, "ct.id": 1409159027, "ct.event": 4, "flow.start.sec": 1795580013, "flow.start.usec": 372548, "flow.end.sec": 1795580020, "flow.end.usec": 1, "oob.family": 2, "oob.protocol": 0, "src_ip": "10.0.0.9", "dest_ip": "10.0.0.1", "reply.ip.saddr.str": "172.17.0.2", "reply.ip.daddr.str": "10.0.0.9"}';

  test("of an ended connection, with its translated address", () => {
    const document = json(connection);
    expect(made(document).time).toBe(1795580020000001000n);
    expect(content(document)).toEqual({
      ...{ src_ip: "10.0.0.9", src_port: 42042, dest_ip: "10.0.0.1", dest_port: 8000, proto: 6 },
      flow: { pkts_toserver: 6, pkts_toclient: 5, bytes_toserver: 486, bytes_toclient: 924 },
      fw: { event: "end", mark: 0, conntrack_id: 1409159027, nat: { dest_ip: "172.17.0.2", dest_port: 80 } },
    });
  });

  test.each([
    [1, "new", 1795580013372548000n],
    [2, "update", 1795580020000001000n],
  ])("of a connection, with event %d: %s", (bits, event, time) => {
    const document = json(connection.replace('"ct.event": 4', `"ct.event": ${bits}`));
    expect(made(document)).toMatchObject({ time, value: { fw: { event } } });
  });
});

describe("lines of the kernel's log", () => {
  test("of iptables over syslog, with the packet that an ICMP error refers to", () => {
    const document = line(
      "<4>Nov 25 04:14:13 edge-1 kernel: [12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=192.0.2.7 DST=10.0.0.5 LEN=88 TOS=0x00 PREC=0xC0 TTL=63 ID=1 PROTO=ICMP TYPE=3 CODE=1 [SRC=10.0.0.5 DST=192.0.2.7 LEN=60 PROTO=TCP SPT=1 DPT=2 ] MARK=0x2a",
    );
    expect(content(document)).toEqual({
      ...{ src_ip: "192.0.2.7", dest_ip: "10.0.0.5", proto: "ICMP", icmp_type: 3, icmp_code: 1 },
      ether: { src_mac: "00:00:5e:00:53:02", dest_mac: "00:00:5e:00:53:01" },
      fw: {
        ...{ event: "packet", action: "drop", prefix: "[UFW BLOCK]", hook: "input", in: "eth0" },
        ...{ length: 88, ttl: 63, host: "edge-1" },
      },
    });
    const { time } = made(document);
    expect(new Date(Number(time / 1_000_000n)).toString()).toMatch(/^Wed Nov 25 2026 04:14:13/);
  });

  test("of nftables, written by ulogd2", () => {
    const document = line(
      "Nov 25 04:14:14 vm eyas out:  IN= OUT=lo MAC= SRC=127.0.0.1 DST=127.0.0.1 LEN=60 TOS=00 PREC=0x00 TTL=64 ID=64731 DF PROTO=TCP SPT=38844 DPT=8000 SEQ=2750071710 ACK=0 WINDOW=65495 SYN URGP=0 UID=0 GID=0 MARK=0x0 ",
    );
    expect(content(document)).toEqual({
      ...{ src_ip: "127.0.0.1", src_port: 38844, dest_ip: "127.0.0.1", dest_port: 8000, proto: "TCP" },
      fw: {
        ...{ event: "packet", prefix: "eyas out:", hook: "output", out: "lo", mark: 0, length: 60, ttl: 64 },
        ...{ tcp_flags: ["SYN"], uid: 0, gid: 0, host: "vm" },
      },
    });
  });

  test("of forwarded IPv6, with a full timestamp", () => {
    const document = line(
      "2024-05-06T09:08:09.123456+02:00 gw kernel: Shorewall:net-fw:DROP:IN=eth0 OUT=eth1 SRC=2001:0db8:0000:0000:0000:0000:0000:0001 DST=2001:0db8:0000:0000:0000:0000:0000:0002 LEN=80 TC=0 HOPLIMIT=61 FLOWLBL=0 PROTO=UDP SPT=53 DPT=4000 LEN=40",
    );
    expect(made(document).time).toBe(1714979289123456000n);
    expect(content(document).fw).toEqual({
      ...{ event: "packet", action: "drop", prefix: "Shorewall:net-fw:DROP:", chain: "net-fw", hook: "forward" },
      ...{ in: "eth0", out: "eth1", length: 80, ttl: 61, host: "gw" },
    });
  });

  test("of a trace, without a header", () => {
    const document = line("TRACE: raw:PREROUTING:rule:3 IN=lo OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=47");
    expect(made(document).time).toBe(received.time);
    expect(content(document)).toMatchObject({ proto: "47", fw: { chain: "raw:PREROUTING", rule: "3" } });
  });
});

describe("events of conntrack -E", () => {
  test("with time, ID and family", () => {
    const document = line(
      "[1795580013.372578]\t    [NEW] ipv4     2 tcp      6 120 SYN_SENT src=127.0.0.1 dst=127.0.0.1 sport=42042 dport=8000 [UNREPLIED] src=127.0.0.1 dst=127.0.0.1 sport=8000 dport=42042 id=1409159027",
    );
    expect(made(document).time).toBe(1795580013372578000n);
    expect(content(document)).toEqual({
      ...{ src_ip: "127.0.0.1", src_port: 42042, dest_ip: "127.0.0.1", dest_port: 8000, proto: 6 },
      fw: { event: "new", state: "SYN_SENT", conntrack_id: 1409159027 },
    });
  });

  test("of an ended translated connection, with its counters", () => {
    const document = line(
      "[DESTROY] udp      17 src=10.0.0.9 dst=10.0.0.1 sport=5000 dport=53 packets=2 bytes=120 src=172.17.0.2 dst=10.0.0.9 sport=53 dport=5000 packets=1 bytes=80 [ASSURED] mark=5",
    );
    expect(content(document)).toEqual({
      ...{ src_ip: "10.0.0.9", src_port: 5000, dest_ip: "10.0.0.1", dest_port: 53, proto: 17 },
      flow: { pkts_toserver: 2, pkts_toclient: 1, bytes_toserver: 120, bytes_toclient: 80 },
      fw: { event: "end", mark: 5, nat: { dest_ip: "172.17.0.2" } },
    });
  });

  test("of ICMP", () => {
    const document = line(
      " [UPDATE] icmp     1 30 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7",
    );
    expect(content(document)).toMatchObject({ proto: 1, icmp_type: 8, icmp_code: 0, fw: { event: "update" } });
  });
});

describe("CEF", () => {
  test("with escapes, spaces in values and vendor fields, after a syslog header", () => {
    const document = line(
      String.raw`<134>1 2024-05-06T07:08:09Z fw1 cef - - - CEF:0|Acme \| Sons|Gate\\Way|2.1|100|Traffic denied|7|rt=1714979289123 src=10.0.0.9 spt=4444 dst=192.0.2.1 dpt=443 proto=TCP act=Denied deviceInboundInterface=lan0 deviceOutboundInterface=wan0 cs1Label=Rule Name cs1=Block all \= now cs2Label=Access List cs2=outside in suser=alice msg=two words\nand a line out=120 in=0 sourceTranslatedAddress=198.51.100.1 sourceTranslatedPort=1024`,
    );
    expect(made(document).time).toBe(1714979289123000000n);
    expect(content(document)).toEqual({
      ...{ src_ip: "10.0.0.9", src_port: 4444, dest_ip: "192.0.2.1", dest_port: 443, proto: "TCP" },
      flow: { bytes_toserver: 120, bytes_toclient: 0 },
      fw: {
        ...{ event: "packet", action: "drop", chain: "outside in", rule: "Block all = now", hook: "forward" },
        ...{ in: "lan0", out: "wan0", nat: { src_ip: "198.51.100.1", src_port: 1024 }, host: "fw1" },
        ...{ vendor: "Acme | Sons", product: "Gate\\Way", id: "100", name: "Traffic denied", severity: 7 },
        ...{ user: "alice", message: "two words\nand a line" },
      },
    });
  });

  test("without addresses is a log message of the appliance", () => {
    const document = line("CEF:0|Acme|Gate|1|7|Login failed|High|suser=bob outcome=failure");
    expect(content(document)).toEqual({
      fw: {
        ...{ event: "log", vendor: "Acme", product: "Gate", id: "7", name: "Login failed" },
        ...{ severity: 8, user: "bob" },
      },
    });
  });

  test("with an incomplete header is rejected", () => {
    expect(line("CEF:0|Acme|Gate|1|7 src=10.0.0.1 dst=10.0.0.2")).not.toMatchObject({
      value: { fw: { vendor: "Acme" } },
    });
  });
});

describe("key=value lines of appliances", () => {
  test("as FortiGate writes them", () => {
    const document = line(
      'date=2024-05-06 time=07:08:09 devname="FG100" devid="FG100E" eventtime=1714979289123456789 tz="+0000" logid="0000000013" type="traffic" subtype="forward" srcip=10.1.1.5 srcport=50000 srcintf="port1" dstip=192.0.2.8 dstport=443 dstintf="wan1" proto=6 action="deny" policyid=7 policyname="no \\"way\\" out" service="HTTPS" transip=198.51.100.7 transport=61000 sentbyte=0 rcvdbyte=0 user="carol"',
    );
    expect(made(document).time).toBe(1714979289123456789n);
    expect(content(document)).toEqual({
      ...{ src_ip: "10.1.1.5", src_port: 50000, dest_ip: "192.0.2.8", dest_port: 443, proto: "6" },
      flow: { bytes_toserver: 0, bytes_toclient: 0 },
      fw: {
        ...{ event: "packet", action: "drop", rule: 'no "way" out', hook: "forward", in: "port1", out: "wan1" },
        ...{ nat: { src_ip: "198.51.100.7", src_port: 61000 }, host: "FG100", product: "FG100E", id: "0000000013" },
        ...{ user: "carol", app: "HTTPS" },
      },
    });
  });

  test("as SonicWall writes them", () => {
    const document = line(
      'id=firewall sn=18B1 time="2024-05-06 07:08:09" fw=203.0.113.1 pri=6 c=1024 m=537 msg="Connection Closed" src=10.0.0.1:1234:X0 dst=192.0.2.2:80:X1 proto=tcp/http sent=5 rcvd=7',
    );
    expect(content(document)).toMatchObject({
      ...{ src_ip: "10.0.0.1", src_port: 1234, dest_ip: "192.0.2.2", dest_port: 80, proto: "tcp" },
      fw: { in: "X0", out: "X1", message: "Connection Closed", host: "203.0.113.1" },
    });
  });
});

describe("pf, as pfSense and OPNsense log it", () => {
  test("TCP over IPv4, blocked inbound", () => {
    const values =
      "4,,,1000000103,igb0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,192.0.2.7,198.51.100.9,45678,22,0,SA,1234,,64240,,mss";
    const expected = {
      ...{ src_ip: "192.0.2.7", src_port: 45678, dest_ip: "198.51.100.9", dest_port: 22, proto: 6 },
      fw: {
        ...{ event: "packet", action: "drop", rule: "1000000103", hook: "input", in: "igb0", length: 60, ttl: 64 },
        ...{ tcp_flags: ["SYN", "ACK"], host: "fw" },
      },
    };
    expect(content(line(`May  6 07:08:09 fw filterlog[12345]: ${values}`))).toEqual(expected);
    expect(content(line(`<134>1 2024-05-06T07:08:09.123456+00:00 fw filterlog 12345 - - ${values}`))).toEqual(expected);
  });

  test("UDP over IPv6, passed outbound", () => {
    const document = line(
      "filterlog: 7,,web,0,igb1,match,pass,out,6,0x00,0x00000,63,UDP,17,48,2001:db8::7,2001:db8::9,5353,53,40",
    );
    expect(content(document)).toEqual({
      ...{ src_ip: "2001:db8::7", src_port: 5353, dest_ip: "2001:db8::9", dest_port: 53, proto: 17 },
      fw: {
        ...{ event: "packet", action: "accept", chain: "web", rule: "7", hook: "output", out: "igb1" },
        ...{ length: 48, ttl: 63 },
      },
    });
  });
});

describe("Cisco ASA", () => {
  test("of a packet denied by an access list", () => {
    const document = line(
      '<164>May  6 07:08:09 asa1 : %ASA-4-106023: Deny tcp src outside:192.0.2.7/45678 dst inside:198.51.100.9/22 by access-group "outside_in" [0x0, 0x0]',
    );
    expect(content(document)).toEqual({
      ...{ src_ip: "192.0.2.7", src_port: 45678, dest_ip: "198.51.100.9", dest_port: 22, proto: "tcp" },
      fw: {
        ...{ event: "packet", action: "drop", chain: "outside_in", in: "outside", out: "inside", host: "asa1" },
        ...{ vendor: "Cisco", product: "ASA", id: "106023", severity: 5 },
        message:
          'Deny tcp src outside:192.0.2.7/45678 dst inside:198.51.100.9/22 by access-group "outside_in" [0x0, 0x0]',
      },
    });
  });

  test("of connections, with translated addresses", () => {
    const built = line(
      "%ASA-6-302013: Built inbound TCP connection 123 for outside:192.0.2.7/1234 (192.0.2.7/1234) to inside:10.0.0.5/80 (198.51.100.9/8080)",
    );
    expect(content(built)).toMatchObject({
      ...{ src_ip: "192.0.2.7", dest_ip: "10.0.0.5", dest_port: 80, proto: "TCP" },
      fw: { event: "new", action: "accept", conntrack_id: 123, nat: { dest_ip: "198.51.100.9", dest_port: 8080 } },
    });
    const over = line(
      "%ASA-6-302014: Teardown TCP connection 123 for outside:192.0.2.7/1234 to inside:10.0.0.5/80 duration 0:00:30 bytes 4321 TCP FINs",
    );
    expect(content(over)).toMatchObject({ flow: { bytes_toserver: 4321 }, fw: { event: "end", conntrack_id: 123 } });
  });

  test("of an access list hit, with the other syntax of endpoints", () => {
    const document = line(
      "%FTD-6-106100: access-list acl permitted udp outside/192.0.2.7(5353) -> inside/10.0.0.5(53) hit-cnt 1 first hit",
    );
    expect(content(document)).toMatchObject({
      ...{ src_ip: "192.0.2.7", src_port: 5353, dest_ip: "10.0.0.5", dest_port: 53, proto: "udp" },
      fw: { action: "accept", chain: "acl", in: "outside", out: "inside", product: "FTD" },
    });
  });

  test("of any other kind is a log message", () => {
    expect(
      content(line("%ASA-5-111008: User 'enable_15' executed the 'configure terminal' command.")).fw,
    ).toMatchObject({
      ...{ event: "log", id: "111008", message: "User 'enable_15' executed the 'configure terminal' command." },
    });
  });
});

test.each([
  ["Nov 25 04:14:13 edge-1 sshd[7]: Accepted publickey for alice from 10.0.0.1 port 22"],
  ["usb 1-1: new device, speed=480 class=9"],
  ["[NEW] nonsense"],
  ["IN=eth0"],
])("%j is rejected, since no firewall writes it", (text) => {
  expect(line(text)).toMatchObject({ reason: "not_firewall" });
});

test.each(["[]", "{}", '{"src_ip":"10.0.0.1"}', "7", '{"message":5}'])("%s is rejected as JSON", (text) => {
  expect(json(text)).toMatchObject({ reason: "not_firewall" });
});

describe("texts", () => {
  const decode = decodeFirewall(4096);
  const read = (text: string): { documents: readonly Document[]; refused: readonly { reason: string }[] } =>
    decode(Buffer.from(text, "latin1"), received);

  test("may be JSON objects, lists of objects, or lines", () => {
    const packet = '{"ip.protocol":17,"oob.in":"lo","src_ip":"::1","dest_ip":"::1"}';
    const kernel = "x IN=lo OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=UDP";
    expect(read(` ${packet}`).documents).toHaveLength(1);
    expect(read(`[${packet},${packet}]`).documents).toHaveLength(2);
    expect(read(`[{"MESSAGE":"${kernel}"},"${kernel}"]`).documents).toHaveLength(2);
    expect(read(kernel).documents.map(({ size }) => size)).toEqual([kernel.length]);
    expect(read("[1795580013.372578]\t [NEW] tcp 6 120 SYN_SENT src=10.0.0.1 dst=10.0.0.2").documents).toHaveLength(1);
  });

  test("that are invalid have a reason", () => {
    expect(read('{"ip.protocol":').refused).toMatchObject([{ reason: "not_json" }]);
    expect(read("what is this").refused).toMatchObject([{ reason: "not_firewall" }]);
    expect(read(`IN=lo OUT= ${"x".repeat(5000)}`).refused).toMatchObject([{ reason: "too_large" }]);
  });

  // A quadratic parser would exceed the timeout.
  test("crafted to be slow are parsed in linear time", { timeout: 120_000 }, () => {
    const long = decodeFirewall(1 << 20);
    for (const piece of [
      'x="\\" ',
      "a=b ",
      "CEF:0|a|b|c|d|e|5|",
      "=",
      '"=',
      "IN=a OUT=b ",
      "[NEW] src= ",
      "\\|",
      "<1>",
    ]) {
      const text = piece.repeat(Math.floor((1 << 18) / piece.length));
      for (const head of ["", "CEF:0|a|b|c|d|e|5|", "1 - - - - - [", "k IN=a OUT=b "]) {
        const { documents, refused } = long(Buffer.from(head + text, "latin1"), received);
        expect(documents.length + refused.length, head + piece).toBe(1);
      }
    }
  });
});

test("the raw record remains accessible", () => {
  const document = made(line("x IN=lo OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=UDP"));
  expect(member(document.value, "raw")).toBe("x IN=lo OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=UDP");
});

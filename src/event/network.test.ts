import { describe, expect, test } from "vitest";
import { addressOf, addressText } from "./address.ts";
import { flowOf } from "./flow.ts";
import { protocolName, protocolNumber } from "./ip-protocol.ts";
import { anyNanoseconds, nanoseconds, nanosecondsOf } from "./timestamp.ts";

describe("an address", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["fe80:0000:0000:0000:0200:86ff:fe05:80da", "fe80::200:86ff:fe05:80da"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ])("%s is parsed", (text, shown) => {
    const bytes = addressOf(text);
    expect(bytes === undefined ? undefined : addressText(bytes)).toBe(shown);
  });

  test.each(
    [
      ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1..2.3", "a.b.c.d", "1.2.3.4 ", "1:2:3:4:5:6:7"],
      [":::", "1::2::3", "1:2:3:4:5:6:7:8:9", "::12345", ":1", "1::1.2.3", "1:2:3:4:5:6:7::8:9", `${"0".repeat(80)}`],
    ].flat(),
  )("%j is rejected", (text) => {
    expect(addressOf(text)).toBeUndefined();
  });
});

describe("a time", () => {
  test.each([
    ["2024-05-06T07:08:09.123456+0000", 1714979289123456000n],
    ["2024-05-06T09:08:09.123456+0200", 1714979289123456000n],
    ["2024-05-06T03:38:09.1-03:30", 1714979289100000000n],
    ["2024-05-06T07:08:09Z", 1714979289000000000n],
    ["2024-05-06 07:08:09.123456789", 1714979289123456789n],
  ])("%s is parsed", (text, time) => {
    expect(nanoseconds(text)).toBe(time);
  });

  test.each([
    "",
    "yesterday",
    "2024-13-06T07:08:09Z",
    "2024-05-06T25:08:09Z",
    "1914-05-06T07:08:09Z",
    "2024-05-06",
    "0099-05-06T07:08:09Z",
  ])("%j is rejected", (text) => {
    expect(nanoseconds(text)).toBeUndefined();
  });

  test("of an event is rejected if it exceeds 63 bits, unlike the time of a certificate", () => {
    expect(nanoseconds("2262-04-11T23:47:16.854775807Z")).toBe(2n ** 63n - 1n);
    expect(nanoseconds("2262-04-11T23:47:16.854775808Z")).toBeUndefined();
    expect(anyNanoseconds("2262-04-11T23:47:16.854775808Z")).toBe(2n ** 63n);
  });

  test.each([
    [1714979289, 1714979289000000000n],
    [1714979289.123456, 1714979289123456000n],
    [1714979289123, 1714979289123000000n],
    [1714979289123456, 1714979289123456000n],
    [1714979289123456789n, 1714979289123456789n],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
    [-1, undefined],
    [2n ** 63n, undefined],
    [1e11 - 1, undefined],
    [1e300, undefined],
    [Number.NaN, undefined],
  ])("the unit of %d is derived from its magnitude", (number, time) => {
    expect(nanosecondsOf(number)).toBe(time);
  });
});

test("protocols have a name, aliases and a number", () => {
  expect(["TCP", "udp", "IPv6-ICMP", "ICMPv6", "47", "254", "300", "nonsense"].map(protocolNumber)).toEqual([
    ...[6, 17, 58, 58, 47, 254],
    ...[undefined, undefined],
  ]);
  expect([6, 58, 254].map(protocolName)).toEqual(["tcp", "icmp6", "254"]);
});

describe("the flow of a document", () => {
  const ends = { src_ip: "10.0.0.1", dest_ip: "10.0.0.2", proto: "TCP" };

  test("has both ends, including ports in text form", () => {
    expect(flowOf({ ...ends, src_port: 40000, dest_port: "80" })).toEqual({
      ...{ protocol: 6, source: "\x0a\0\0\x01", destination: "\x0a\0\0\x02" },
      ...{ sourcePort: 40000, destinationPort: 80 },
    });
  });

  test("of ICMP has the type and code instead of ports", () => {
    const flow = flowOf({ ...ends, proto: 1, icmp_type: 3, icmp_code: 1, src_port: 7, dest_port: 8 });
    expect([flow?.sourcePort, flow?.destinationPort]).toEqual([3, 1]);
  });

  test.each([
    [[]],
    [{}],
    [{ ...ends, dest_ip: "fe80::1" }],
    [{ ...ends, src_ip: 7 }],
    [{ ...ends, proto: "none" }],
    [{ ...ends, proto: 256 }],
  ])("%j has none", (document) => {
    expect(flowOf(document)).toBeUndefined();
  });

  test("has no ports if they are invalid", () => {
    const flow = flowOf({ ...ends, src_port: 70000, dest_port: -1 });
    expect([flow?.sourcePort, flow?.destinationPort]).toEqual([-1, -1]);
  });
});

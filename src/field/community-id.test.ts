import { expect, test } from "vitest";
import { addressOf } from "../event/address.ts";
import { communityId } from "./community-id.ts";

/**
 * Reference data of the specification: protocol, source, destination, and the IDs for seeds 0 and 1. For ICMP, the
 * ports are the type and the code, or the types of request and reply.
 * Source: https://github.com/corelight/community-id-spec/tree/master/baseline
 */
const baseline: readonly (readonly [number, string, number, string, number, string, string])[] = [
  [
    58,
    "fe80::200:86ff:fe05:80da",
    135,
    "fe80::260:97ff:fe07:69ea",
    136,
    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
    "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=",
  ],
  [
    58,
    "fe80::260:97ff:fe07:69ea",
    136,
    "fe80::200:86ff:fe05:80da",
    135,
    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
    "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=",
  ],
  [
    58,
    "fe80::260:97ff:fe07:69ea",
    135,
    "fe80::200:86ff:fe05:80da",
    136,
    "1:zavyT/cezQr1fmImYCwYnMXbgck=",
    "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM=",
  ],
  [
    58,
    "fe80::200:86ff:fe05:80da",
    136,
    "fe80::260:97ff:fe07:69ea",
    135,
    "1:zavyT/cezQr1fmImYCwYnMXbgck=",
    "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM=",
  ],
  [
    58,
    "3ffe:501:1800:2345::2",
    3,
    "3ffe:507:0:1:200:86ff:fe05:80da",
    0,
    "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=",
    "1:lVEtCZpYu84Xqaa++3lXFyuu2n4=",
  ],
  [
    58,
    "3ffe:501:410:0:2c0:dfff:fe47:33e",
    1,
    "3ffe:507:0:1:200:86ff:fe05:80da",
    4,
    "1:hLZd0XGWojozrvxqE0dWB1iM6R0=",
    "1:W8MHwXpWzpoSTD+cGcaJr4u0ys8=",
  ],
  [
    58,
    "3ffe:507:0:1:200:86ff:fe05:80da",
    128,
    "3ffe:501:0:1001::2",
    129,
    "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=",
    "1:GfZxjAkDk2MkegpBYHV6tadtFXQ=",
  ],
  [
    58,
    "3ffe:501:0:1001::2",
    129,
    "3ffe:507:0:1:200:86ff:fe05:80da",
    128,
    "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=",
    "1:GfZxjAkDk2MkegpBYHV6tadtFXQ=",
  ],
  [
    58,
    "fe80::200:86ff:fe05:80da",
    133,
    "ff02::2",
    134,
    "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=",
    "1:L7Ka0ZMYu+J3bL4ulW2PrqyXNo8=",
  ],
  [
    58,
    "fe80::260:97ff:fe07:69ea",
    134,
    "ff02::1",
    133,
    "1:pkvHqCL88/tg1k4cPigmZXUtL00=",
    "1:K/ee5UCqAMAQXDorP5nSa2CGLjc=",
  ],
  [1, "192.168.0.89", 8, "192.168.0.1", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="],
  [1, "192.168.0.1", 0, "192.168.0.89", 8, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="],
  [1, "10.0.0.1", 11, "10.0.0.2", 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM=", "1:XjUibYHaafLQ3pxQeiMI8g25q20="],
  [
    6,
    "2001:470:e5bf:dead:4957:2174:e82c:4887",
    63943,
    "2607:f8b0:400c:c03::1a",
    25,
    "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    "1:eJYTW6AOzFLlSUoESovMjnu7rMw=",
  ],
  [
    6,
    "2607:f8b0:400c:c03::1a",
    25,
    "2001:470:e5bf:dead:4957:2174:e82c:4887",
    63943,
    "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    "1:eJYTW6AOzFLlSUoESovMjnu7rMw=",
  ],
  [132, "192.168.170.8", 7, "192.168.170.56", 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg="],
  [132, "192.168.170.56", 7, "192.168.170.8", 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg="],
  [
    6,
    "128.232.110.120",
    34855,
    "66.35.250.204",
    80,
    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    "1:3V71V58M3Ksw/yuFALMcW0LAHvc=",
  ],
  [
    6,
    "66.35.250.204",
    80,
    "128.232.110.120",
    34855,
    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    "1:3V71V58M3Ksw/yuFALMcW0LAHvc=",
  ],
  [17, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="],
  [17, "8.8.8.8", 53, "192.168.1.52", 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="],
  [46, "10.1.12.1", -1, "10.1.12.2", -1, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "1:rYir8gphR31noO9iDRQmF/BteEI="],
  [46, "10.1.12.2", -1, "10.1.12.1", -1, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "1:rYir8gphR31noO9iDRQmF/BteEI="],
];

function idOf(protocol: number, from: string, sourcePort: number, to: string, destinationPort: number, seed?: number) {
  const [source, destination] = [addressOf(from) ?? "", addressOf(to) ?? ""];
  return communityId({ protocol, source, destination, sourcePort, destinationPort }, seed);
}

test.each(baseline)(
  "protocol %d from %s %d to %s %d is %s, with seed 1 %s",
  (protocol, from, sport, to, dport, id, seeded) => {
    expect(idOf(protocol, from, sport, to, dport)).toBe(id);
    expect(idOf(protocol, from, sport, to, dport, 1)).toBe(seeded);
  },
);

test.each(baseline.filter(([protocol]) => protocol !== 1 && protocol !== 58))(
  "protocol %d between %s %d and %s %d has the same id in both directions",
  (protocol, from, sport, to, dport, id) => {
    expect(idOf(protocol, to, dport, from, sport)).toBe(id);
  },
);

test("an echo and its reply are one flow; an unreachable host is a one-way flow", () => {
  const echo = idOf(1, "192.0.2.1", 8, "192.0.2.2", 0);
  expect(idOf(1, "192.0.2.2", 0, "192.0.2.1", 0)).toBe(echo);
  expect(idOf(1, "192.0.2.2", 3, "192.0.2.1", 1)).not.toBe(idOf(1, "192.0.2.1", 3, "192.0.2.2", 1));
});

test("flows of protocols without ports are identified by their addresses, regardless of the ports", () => {
  expect(idOf(47, "10.0.0.2", -1, "10.0.0.1", -1)).toBe(idOf(47, "10.0.0.1", 5, "10.0.0.2", 6));
});

test("is missing if the protocol has ports and the ports are unknown", () => {
  expect(idOf(6, "10.0.0.1", -1, "10.0.0.2", 80)).toBeUndefined();
});

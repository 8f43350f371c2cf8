import type { Entry } from "../src/alert/entry.ts";
import { entry } from "../src/journal/alerts.fixture.ts";

/** An hour in nanoseconds. */
const HOUR = 3_600_000_000_000n;

/** Hostile names of files, processes and pods. */
export const hostile = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "\u001b[31mred\u001b]0;title\u0007",
  "\u202egnp.exe\u2066",
  '"; DROP TABLE alert; --',
  "a\u0000b\r\nSet-Cookie: x=1",
  "%n%s{{7*7}}${7*7}",
  "__proto__",
];

/** Text with characters and capitals that are newer than the Unicode version of the full-text search. */
export const newer = "true x nothing\u2066 \u{1fae8}more \u13a0\u1c90";

/** Alerts of the last days, oldest first. */
export const entries: readonly Entry[] = [
  ...Array.from({ length: 300 }, (_, i) =>
    entry(
      i,
      {
        time: BigInt(Date.now()) * 1_000_000n - HOUR * BigInt(300 - i),
        rule: i % 3 === 0 ? "File read" : "Shell in a container",
        priority: i % 10 === 0 ? "Critical" : i % 2 === 0 ? "Warning" : "Notice",
        hostname: `node-${i % 4}`,
        tags: i % 3 === 0 ? ["T1005", "mitre_collection"] : ["T1059.004", "mitre_execution"],
      },
      {
        "proc.name": i % 5 === 0 ? "bash" : "cat",
        "k8s.ns.name": i % 7 === 0 ? null : `shop-${i % 3}`,
        "container.id": i % 2 === 0 ? "host" : `c${i % 6}`,
        "container.name": i % 2 === 0 ? "host" : `web-${i % 6}`,
        "proc.cmdline": `cat --number ${i}`,
        "net.community_id": `1:flow${i % 50}=`,
      },
    ),
  ),
  // The store of a fleet finds the names of new fields only after some time, so this alert has the fields from the
  // start.
  entry(
    999,
    { time: BigInt(Date.now() - 2000) * 1_000_000n },
    { "proc.cmdline": newer, "net.src.ip": "10.0.0.7", "net.dst.ip": "10.0.0.8", "net.dst.port": 53 },
  ),
  ...hostile.map((text, i) =>
    entry(
      1000 + i,
      {
        time: BigInt(Date.now() - 1000 + i) * 1_000_000n,
        rule: `Odd ${text}`,
        message: text,
        output: undefined,
        hostname: text,
      },
      { "proc.name": text, "fd.name": text, "proc.cmdline": text, __proto__x: text },
    ),
  ),
];

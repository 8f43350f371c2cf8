import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readerFor } from "../src/agent/documents/settings.ts";
import { defaultRulesOf } from "../src/agent/load/ready-rules.ts";
import { defaultAlertOptions } from "../src/alert/alert.ts";
import { entryOf } from "../src/alert/entry.ts";
import { readAlerts } from "../src/alert/received.ts";
import { readSettings } from "../src/cli/settings.ts";
import { atOnce } from "../src/server/slices.ts";
import type { Decode } from "../src/source/decode.ts";
import { linesOf } from "../src/source/reader.ts";
import { openFrames } from "../src/source/syslog/frames.ts";
import { openEvaluator } from "./damaged/evaluator.ts";
import { damage, sampleOf } from "./damaged/mutate.ts";
import { seeded } from "./damaged/random.ts";

/** Number of damaged texts of each kind. The samples include shared recordings if available. */
const DAMAGED = 5000;
const KiB = 1024;
const samples = join(import.meta.dirname, "damaged/samples");
const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../shared");
const recorded = join(shared, "conformance/k8s_audit/scenarios/audit-log.jsonl");

function samplesOf(source: string): string[] {
  const own = readdirSync(join(samples, source)).sort();
  return own.flatMap((name) => {
    const text = readFileSync(join(samples, source, name), "utf8");
    return name.endsWith(".json") ? [text] : text.split("\n").filter((line) => line !== "");
  });
}

/** Settings of a user-defined source with a mapping. */
const mapped = ["time=/ts", "host=/user/name", "kind=/level", "unwrap=true"];
const places = { json: "/dev/null", syslog: "syslog+udp://127.0.0.1:0" };
const option = Object.entries(places).flatMap(([name, from]) =>
  [`from=${from}`, ...mapped].map((setting) => `sources.json.my_${name}.${setting}`),
);
const { config } = await readSettings({ option });

/** Returns the decoder and source for a kind of texts. */
async function decoderOf(kind: string): Promise<{ readonly source: string; readonly decode: Decode }> {
  const source = kind in places ? `my_${kind}` : kind;
  const reader = await readerFor(config, source);
  const most = 256 * KiB;
  return { source, decode: kind === "syslog" && reader.syslog ? reader.syslog(most) : linesOf(reader, most) };
}

const kinds: Readonly<Record<string, { readonly seed: number; readonly more?: () => string[] }>> = {
  k8s_audit: {
    seed: 31,
    more: () =>
      existsSync(recorded)
        ? readFileSync(recorded, "utf8")
            .split("\n")
            .filter((line) => line !== "" && line.length < 8 * KiB)
        : [],
  },
  suricata: { seed: 32 },
  firewall: { seed: 33 },
  json: { seed: 34 },
  syslog: { seed: 35 },
};

describe.each(Object.entries(kinds))("%s", (kind, { seed, more }) => {
  test(`${DAMAGED.toLocaleString("en")} damaged texts are read and evaluated to the end`, {
    timeout: 300_000,
  }, async () => {
    const { source, decode } = await decoderOf(kind);
    const evaluator = await openEvaluator(source, decode, defaultRulesOf([source]));
    const whole = [...samplesOf(kind), ...(more?.() ?? [])];
    for (const text of whole) evaluator.take(Buffer.from(text));
    const undamaged = { ...evaluator.counts };
    expect([undamaged.refused, undamaged.events >= whole.length]).toEqual([0, true]);

    const all = whole.map(sampleOf);
    const random = seeded(seed);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < DAMAGED; i++) evaluator.take(damage(all, random));
    const { counts } = evaluator;
    expect(counts.texts - undamaged.texts).toBe(DAMAGED);
    // Some damaged texts must be evaluated, and some must be rejected.
    expect(counts.events - undamaged.events).toBeGreaterThan(DAMAGED / 10);
    // Any text is a valid syslog message.
    if (kind !== "syslog") expect(counts.refused).toBeGreaterThan(DAMAGED / 20);
    expect(counts.values).toBeGreaterThan(DAMAGED);
    if (defaultRulesOf([source]).length > 0) expect(counts.alerts - undamaged.alerts).toBeGreaterThan(0);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300e6);
  });
});

test("damaged alerts from other installations are accepted or rejected, and are printed as one line", () => {
  const all = samplesOf("alerts").map(sampleOf);
  const random = seeded(37);
  let [taken, refused] = [0, 0];
  for (let i = 0; i < DAMAGED; i++) {
    const text = Buffer.from(damage(all, random)).toString("utf8");
    const received = atOnce(readAlerts(text, random.below(2) === 0, 256 * KiB, defaultAlertOptions));
    refused += received.refused.length;
    for (const { message } of received.refused) expect(message).toMatch(/^[ -~]+$/);
    for (const alert of received.alerts) {
      taken++;
      JSON.parse(alert.json);
      if (/\p{Cc}/u.test(alert.text)) throw new Error("an alert is more than a line");
      const { names, values } = entryOf(alert);
      if (names.length === 0 || names.length !== values.length) throw new Error("an alert lost its fields");
    }
  }
  expect([taken > DAMAGED / 10, refused > DAMAGED / 20]).toEqual([true, true]);
});

test("damaged syslog streams are read to the end, and no message exceeds the limit", () => {
  const most = 2 * KiB;
  const all = samplesOf("syslog").map(sampleOf);
  const random = seeded(36);
  let [messages, tooLong, longest] = [0, 0, 0];
  for (let i = 0; i < DAMAGED; i++) {
    const frames = openFrames(
      most,
      (text) => {
        messages++;
        longest = Math.max(longest, text.length);
      },
      () => tooLong++,
    );
    const parts = Array.from({ length: 1 + random.below(4) }, () => {
      const text = damage(all, random);
      const head = [`${text.length} `, `${random.below(100_000)} `, "", "0 ", "99999999 "][random.below(5)]!;
      return Buffer.concat([Buffer.from(head), text, Buffer.from(random.below(2) === 0 ? "\n" : "")]);
    });
    const stream = Buffer.concat(parts);
    for (let at = 0; at < stream.length; ) {
      const to = at + 1 + random.below(200);
      frames.push(stream.subarray(at, to));
      at = to;
    }
    frames.end();
  }
  expect([longest <= most, tooLong > 0]).toEqual([true, true]);
  expect(messages).toBeGreaterThan(DAMAGED);
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { seeded } from "../src/capture/random.ts";
import { defaultRulesOf } from "../src/cli/rules.ts";
import { anyJson, linesOf, readerOf } from "../src/source/readers.ts";
import { openJudge } from "./damaged/judge.ts";
import { damage, sampleOf } from "./damaged/mutate.ts";

/** Texts of each kind; what comes with the shared recordings is taken too, where they are. */
const DAMAGED = 20_000;
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

const sources: Readonly<Record<string, { readonly seed: number; readonly more?: () => string[] }>> = {
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
};

describe.each(Object.entries(sources))("%s", (source, { seed, more }) => {
  test(`${DAMAGED.toLocaleString("en")} damaged texts are read and judged to their end`, {
    timeout: 300_000,
  }, async () => {
    const reader = (await readerOf(source)) ?? anyJson;
    const judge = await openJudge(source, linesOf(reader, 256 * KiB), defaultRulesOf([source]));
    const whole = [...samplesOf(source), ...(more?.() ?? [])];
    for (const text of whole) judge.take(Buffer.from(text));
    const undamaged = { ...judge.judged };
    expect([undamaged.refused, undamaged.events >= whole.length]).toEqual([0, true]);

    const all = whole.map(sampleOf);
    const random = seeded(seed);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < DAMAGED; i++) judge.take(damage(all, random));
    const { judged } = judge;
    expect(judged.texts - undamaged.texts).toBe(DAMAGED);
    // The damage must leave something to judge, and be such that something is refused.
    expect(judged.events - undamaged.events).toBeGreaterThan(DAMAGED / 10);
    expect(judged.refused).toBeGreaterThan(DAMAGED / 20);
    expect(judged.values).toBeGreaterThan(DAMAGED);
    if (defaultRulesOf([source]).length > 0) expect(judged.alerts - undamaged.alerts).toBeGreaterThan(0);
    // No text keeps the others waiting: a hundredth of this is what the slowest takes.
    expect(judged.slowest).toBeLessThan(10_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300e6);
  });
});

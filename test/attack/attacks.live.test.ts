import { describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { attacks } from "./attacks.ts";

/** Minutes for which attacks that generate input run; others take a part of it. */
const MINUTES = 0.2;

describe.each(attacks.map((attack) => [attack.name, attack] as const))("%s", (_, { needs: parts, run }) => {
  test("crashes, blocks and loses nothing in a short run", { ...needs("root", "sensor", ...parts) }, async () => {
    const found: string[] = [];
    const { attempts, ...counts } = await run({ minutes: MINUTES, seed: 1, report: (line) => found.push(line) });
    expect(counts, found.join("\n")).toEqual({ crashes: 0, hangs: 0, lost: 0 });
    expect(attempts).toBeGreaterThan(0);
  });
});

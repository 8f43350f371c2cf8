import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { fuzz, type Victim } from "../../test/damaged/fuzz.ts";
import { seeded } from "../../test/damaged/random.ts";
import { oldCapture, presentCapture } from "../../test/damaged/samples.ts";
import type { Event } from "../event/event.ts";
import { fixedSize } from "../event/kinds.ts";
import { eventTypes } from "../event/types.ts";
import { collectSnapshot } from "./collect.ts";

const shared = process.env.EYAS_SHARED ?? new URL("../../../shared", import.meta.url).pathname;
const real = ["cat_write.scap", "connect_localhost.scap", "curl_google.scap", "privileged.scap", "syscall.scap"]
  .map((name) => join(shared, "conformance/traces", name))
  .filter((path) => existsSync(path))
  .map((path) => Uint8Array.from(gunzipSync(readFileSync(path))));

const captures = [presentCapture(seeded(1), 3000), oldCapture(seeded(2), 3000), ...real];

/** Stub of an engine: reads all properties of an event. */
function reader(): Victim {
  let sum = 0;
  return {
    sink: collectSnapshot(),
    event(event: Event) {
      const { params } = eventTypes[event.type]!;
      if (event.offset(0) < event.at) throw new Error("a parameter lies before its event");
      if (event.offset(event.count) > event.at + event.size) throw new Error("a parameter lies behind its event");
      sum += event.num + Number(event.time & 1n) + event.timeNumber;
      for (let i = 0; i < params.length; i++) {
        const size = fixedSize[params[i]!.kind];
        if (size === 8) sum += event.i64(i) + Number(event.bigU64(i) & 1n);
        else if (size === 4) sum += event.u32(i) + event.i32(i);
        else if (size === 2) sum += event.u16(i);
        else if (size === 1) sum += event.u8(i);
        else sum += event.text(i).length + event.raw(i).length;
      }
      if (Number.isNaN(sum)) throw new Error("a parameter is no number");
    },
  };
}

it("damaged captures are read to the end, regardless of the damage", { timeout: 600_000 }, () => {
  const memory = process.memoryUsage();
  const result = fuzz(captures, 10_000, 1000, reader);
  expect(result.captures).toBe(10_000);
  // The damage must affect some events and leave others readable.
  expect(result.events).toBeGreaterThan(100_000);
  expect(result.warned).toBeGreaterThan(2500);
  const grown = process.memoryUsage();
  expect(grown.heapUsed - memory.heapUsed).toBeLessThan(200e6);
});

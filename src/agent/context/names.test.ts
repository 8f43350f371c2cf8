import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addressOf } from "../../event/address.ts";
import { Machine } from "../../machine/machine.ts";
import { type Names, openNames } from "./names.ts";

const ip = (text: string) => addressOf(text) ?? "";

let machine: Machine;
let asked: string[];
let answers: Record<string, readonly string[] | Error>;
let names: Names;

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

beforeEach(() => {
  vi.useFakeTimers();
  machine = new Machine();
  asked = [];
  answers = {};
  names = openNames({
    machine,
    live: true,
    lookup: async (name) => {
      asked.push(name);
      const answer = answers[name] ?? failure("ENOTFOUND");
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
});

afterEach(() => {
  names.close();
  vi.useRealTimers();
});

const learned = (name: string) => machine.names?.learned(name);

describe("the resolver for names of rules", () => {
  it("looks up names after startup, in the background", async () => {
    answers = { "pool.test": ["192.0.2.1", "2001:db8::1"] };
    names.apply(true, new Set(["Pool.test.", "none.test"]));
    expect([asked, learned("pool.test")]).toEqual([[], undefined]);
    await vi.advanceTimersByTimeAsync(1500);
    expect(asked).toEqual(["pool.test", "none.test"]);
    expect(learned("pool.test")).toEqual(new Set([ip("192.0.2.1"), ip("2001:db8::1")]));
    expect(learned("none.test")).toEqual(new Set());
  });

  it("repeats lookups at increasing intervals while the addresses do not change", async () => {
    answers = { "pool.test": ["192.0.2.1"] };
    names.apply(true, new Set(["pool.test"]));
    await vi.advanceTimersByTimeAsync(3600_000);
    const before = asked.length;
    expect(before).toBeLessThan(20);
    answers = { "pool.test": ["192.0.2.2"] };
    await vi.advanceTimersByTimeAsync(320_000);
    expect(learned("pool.test")).toEqual(new Set([ip("192.0.2.2")]));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(asked.length).toBeGreaterThan(before + 1);
  });

  it("keeps the addresses of a name while the resolver fails", async () => {
    answers = { "pool.test": ["192.0.2.1"] };
    names.apply(true, new Set(["pool.test"]));
    await vi.advanceTimersByTimeAsync(1500);
    answers = { "pool.test": failure("EAI_AGAIN") };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(learned("pool.test")).toEqual(new Set([ip("192.0.2.1")]));
  });

  it("uses the names of the current rules after a reload", async () => {
    answers = { "a.test": ["192.0.2.1"], "b.test": ["192.0.2.2"] };
    names.apply(true, new Set(["a.test"]));
    await vi.advanceTimersByTimeAsync(1500);
    names.apply(true, new Set(["b.test"]));
    expect(learned("a.test")).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1500);
    expect(asked).toEqual(["a.test", "b.test"]);
    names.apply(false, new Set());
    expect(machine.names).toBeUndefined();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toEqual(["a.test", "b.test"]);
  });

  it("looks up no names in a replay, and at most the first 1000 names of rules", async () => {
    const capture = openNames({ machine, live: false, lookup: () => Promise.reject(new Error("asked")) });
    capture.apply(true, new Set(["a.test"]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(machine.names).toBeDefined();
    names.apply(true, new Set(Array.from({ length: 3000 }, (_, i) => `n${i}.test`)));
    await vi.advanceTimersByTimeAsync(5000);
    expect(new Set(asked).size).toBe(1000);
  });
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { findField } from "../src/field/catalogue.ts";
import { plainPrinting, valueJson } from "../src/field/print.ts";
import { Machine } from "../src/machine/machine.ts";
import { Observed } from "../src/machine/observed.ts";
import { openCapture } from "../src/source/capture/source.ts";
import { needs } from "./parts/needs.ts";

/** Field values of another engine, for every event of real captures. */
const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../shared");
const answers = join(shared, "conformance/fields");
const captures = join(shared, "conformance/traces");

const LARGE = "attack.jsonl.gz"; // too long for a unit test

/** Returns a field of an event as JSON. */
type Print = (event: Observed) => string;

function printer(text: string): Print {
  const use = findField(text);
  if (use === undefined) throw new Error(`no field ${text}`);
  const { field, argument } = use;
  const shown = field.show?.(argument, plainPrinting);
  if (shown !== undefined) return (event) => shown.json(event);
  const read = field.bind(argument);
  return (event) => {
    const value = read(event);
    return value === undefined ? "null" : valueJson(value, field.type, field.format ?? "dec", plainPrinting);
  };
}

/** Returns the JSON texts of the fields in a line, which keep large numbers exact. */
function statedIn(line: string): Map<string, string> {
  const stated = new Map<string, string>();
  JSON.parse(line, function (key, value, context?: { source?: string }) {
    if (Array.isArray(this)) return value;
    if (key !== "") stated.set(key, typeof value === "number" ? (context?.source ?? "") : JSON.stringify(value));
    return value;
  });
  return stated;
}

const files = existsSync(answers) ? readdirSync(answers).filter((name) => name !== LARGE) : [];

describe(`fields of events, compared with ${answers}`, needs("shared fields"), () => {
  test.each(files)("%s", (file) => {
    const wanted = new Map(
      gunzipSync(readFileSync(join(answers, file)))
        .toString()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const stated = statedIn(line);
          return [Number(stated.get("evt.num")), stated] as const;
        }),
    );
    const names = new Set([...wanted.values()].flatMap((stated) => [...stated.keys()]));
    const printers = [...names].map((name) => [name, printer(name)] as const);
    const source = openCapture(join(captures, file.replace(".jsonl.gz", ".scap")));
    const machine = new Machine();
    source.snapshot(machine);
    const event = new Observed(machine);
    const wrong: string[] = [];
    let right = 0;
    while (source.next(event)) {
      machine.observe(event);
      const stated = wanted.get(event.num);
      if (stated !== undefined) {
        for (const [name, print] of printers) {
          const json = print(event);
          if (json === (stated.get(name) ?? "null")) right++;
          else wrong.push(`event ${event.num}: ${name} is ${json}, not ${stated.get(name)}`);
        }
      }
      machine.settle(event);
    }
    source.close();
    expect(right / (right + wrong.length), wrong.slice(0, 10).join("\n")).toBeGreaterThan(0.999);
  });
});

import { expect, test } from "vitest";
import { fieldClasses } from "../src/field/catalogue.ts";
import { plainPrinting, valueJson, valueText } from "../src/field/print.ts";
import { Machine } from "../src/machine/machine.ts";
import { Observed } from "../src/machine/observed.ts";
import { fuzz, type Victim } from "./damaged/fuzz.ts";
import { seeded } from "./damaged/random.ts";
import { oldCapture, presentCapture } from "./damaged/samples.ts";

/** Arguments for fields that require or accept one. */
const ARGUMENTS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "evt.arg": ["0", "1", "5", "name", "fd", "flags", "data", "tuple", "addr", "fds"],
  "evt.rawarg": ["res", "fd", "name", "flags", "tuple", "data", "arg", "size"],
  "evt.type.is": ["open"],
  "evt.around": ["1"],
  "evt.abspath": [undefined, "src", "dst"],
  "thread.cgroup": ["cpuset"],
  "proc.aname": [undefined, "0", "3"],
  "proc.env": [undefined, "HOME"],
  "proc.aenv": [undefined, "HOME", "2"],
  "fd.types": [undefined, "0"],
};

const uses = fieldClasses
  .flatMap(({ fields }) => fields)
  .flatMap((field) => {
    const given = ARGUMENTS[field.name] ?? [field.argument?.required === true ? "0" : undefined];
    return given.map((argument) => ({ field, argument, read: field.bind(argument) }));
  });

/** Returns a victim that reads every field of a sample of events, as a value and as text. */
function asker(): Victim {
  const machine = new Machine();
  const observed = new Observed(machine);
  return {
    sink: machine,
    event(event) {
      observed.place(event.bytes, event.view, event.at, event.cpu, event.lengthSize);
      observed.num = event.num;
      machine.observe(observed);
      if (event.num % 7 === 0) for (const use of uses) ask(use, observed);
      machine.settle(observed);
    },
  };
}

function ask({ field, argument, read }: (typeof uses)[number], event: Observed): void {
  const shown = field.show?.(argument, plainPrinting);
  const value = read(event);
  const json = shown?.json(event) ?? (value === undefined ? "null" : print(field, value));
  JSON.parse(json);
  shown?.text(event);
  field.any?.(argument)?.(event, () => false);
}

function print(
  { type, format = "dec" }: (typeof uses)[number]["field"],
  value: Parameters<typeof valueJson>[0],
): string {
  valueText(value, type, format, plainPrinting);
  return valueJson(value, type, format, plainPrinting);
}

test("every field can be read from damaged events and prints as JSON", { timeout: 120_000 }, () => {
  const captures = [presentCapture(seeded(11), 2000), oldCapture(seeded(12), 2000)];
  const result = fuzz(captures, 1000, 5000, asker);
  expect(result.captures).toBe(1000);
  expect(result.events).toBeGreaterThan(10_000);
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { origins } from "./list.ts";

const folder = import.meta.dirname;

test("every kind of origin described in a file is in the list once, with its own schemes", async () => {
  const files = readdirSync(folder).filter(
    (name) => /\bdescribeOrigin</.test(readFileSync(join(folder, name), "utf8")) && !/^descriptor|\.test\./.test(name),
  );
  const found: unknown[] = [];
  for (const file of files) {
    const exported = Object.values<unknown>(await import(join(folder, file))).filter(
      (value) => typeof value === "object" && value !== null && "schemes" in value,
    );
    expect(exported, `${file} describes one kind of origin`).toHaveLength(1);
    found.push(...exported);
  }
  expect(found.length).toBeGreaterThan(5);
  expect(new Set<unknown>(origins)).toEqual(new Set(found));
  const schemes = origins.flatMap(({ schemes, words }) => [...schemes, ...words]);
  expect(new Set(schemes).size).toBe(schemes.length);
});

import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { NO_RESOURCES, readResources, writeResources } from "./cache.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-resources-cache-"));
afterAll(() => rmSync(folder, { recursive: true }));

const resource = (name: string, generation: number) => ({
  name,
  uid: `uid-${name}`,
  generation,
  order: 3,
  text: "ü\n",
});

test("resources and the versions in use can be written and read again, and only the owner can read the file", () => {
  const file = join(folder, "new", "rule-resources.json");
  const large = { ...resource("b", 1), text: "", problem: "too large" };
  writeResources(file, { wanted: [resource("a", 2), large], inUse: [resource("a", 1)] });
  expect(readResources(file)).toEqual({
    wanted: [resource("a", 2), large],
    inUse: new Map([["a", resource("a", 1)]]),
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a symbolic link in place of the new file is not followed", () => {
  const file = join(folder, "linked.json");
  const victim = join(folder, "victim");
  writeFileSync(victim, "kept");
  symlinkSync(victim, `${file}.${process.pid}`);
  writeResources(file, { wanted: [resource("a", 1)], inUse: [] });
  expect(readFileSync(victim, "utf8")).toBe("kept");
  expect(readResources(file).wanted).toHaveLength(1);
});

test.each(["", "{", "[]", '{"wanted": [{"name": 1}], "inUse": "x"}', '{"wanted": [{"name": "a", "uid": "b"}]}'])(
  "a damaged file yields no resources: %s",
  (text) => {
    const file = join(folder, "damaged.json");
    writeFileSync(file, text);
    expect(readResources(file)).toEqual(NO_RESOURCES);
  },
);

test("a missing file yields no resources", () => {
  expect(readResources(join(folder, "absent.json"))).toEqual(NO_RESOURCES);
  expect(readResources(undefined)).toEqual(NO_RESOURCES);
});

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IndicatorStore } from "./store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("several files form one list, which stays the same object and keeps its content while a file is replaced", async () => {
  const [a, b] = [join(folder, "a.txt"), join(folder, "b.txt")];
  writeFileSync(a, "evil.example\n");
  writeFileSync(b, "bad.example\nnot a domain\n");
  const store = new IndicatorStore();
  const entries = [a, b].map((file) => ({ name: "domains", file, kind: "domain" }) as const);
  expect(await store.use(entries)).toEqual([`${b}:2: "not a domain" is not a domain name.`]);
  const list = store.lists.get("domains");
  expect([list?.has("evil.example"), list?.has("bad.example"), list?.has("new.example")]).toEqual([true, true, false]);

  writeFileSync(`${a}.new`, "new.example\n");
  renameSync(`${a}.new`, a);
  const reading = store.refresh();
  expect(list?.has("evil.example")).toBe(true); // the earlier content, until the new content is complete
  const { files } = await reading;
  expect(files.map(({ file, size }) => [file, size])).toEqual([[a, 1]]);
  expect(store.lists.get("domains")).toBe(list);
  expect([list?.has("evil.example"), list?.has("bad.example"), list?.has("new.example")]).toEqual([false, true, true]);
  expect((await store.refresh()).files).toEqual([]);
});

test("the earlier indicators of a file stay in use if it cannot be read", async () => {
  const file = join(folder, "a.json");
  writeFileSync(file, JSON.stringify({ type: "bundle", objects: [{ type: "domain-name", value: "evil.example" }] }));
  const store = new IndicatorStore();
  await store.use([{ name: "domains", file, kind: "domain" }]);
  writeFileSync(file, "{");
  const { faults } = await store.refresh();
  expect(faults[0]).toMatch(
    /^Cannot read .*a\.json for the indicator list domains: .*; the previously loaded indicators from this file remain in use\.$/,
  );
  expect(store.lists.get("domains")?.has("evil.example")).toBe(true);
  rmSync(file);
  await store.refresh();
  expect(store.lists.get("domains")?.has("evil.example")).toBe(true);
});

test("a missing file is reported, and its list is empty", async () => {
  const store = new IndicatorStore();
  const [fault] = await store.use([{ name: "hashes", file: join(folder, "none"), kind: "hash" }]);
  expect(fault).toMatch(/the list does not contain indicators from this file\.$/);
  expect(store.lists.get("hashes")?.size).toBe(0);
});

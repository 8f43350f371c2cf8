import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openAssets } from "./assets.ts";
import { PRELOADS, readPreloads } from "./preloads.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-preloads-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a page without the file has no links", () => {
  expect(readPreloads(folder)("/")).toBeUndefined();
});

test("the page of a view links to the scripts of this view, and the list is not served", () => {
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  const views = [
    { pattern: "^\\/$", scripts: ["assets/page-a.js", "assets/views-b.js"] },
    { pattern: "^\\/alerts$", scripts: ["assets/page-c.js"] },
    { pattern: "^\\/audit$", scripts: [] },
  ];
  writeFileSync(join(folder, PRELOADS), JSON.stringify(views));
  const assets = openAssets(folder);
  const link = (path: string) => assets.find(path)?.headers.link;
  expect(link("/")).toBe("</assets/page-a.js>; rel=modulepreload, </assets/views-b.js>; rel=modulepreload");
  expect(link("/alerts")).toBe("</assets/page-c.js>; rel=modulepreload");
  expect(link("/audit")).toBeUndefined();
  expect(link("/rules")).toBeUndefined();
  expect(assets.find("/rules")?.headers["content-type"]).toContain("text/html");
  expect(assets.find(`/${PRELOADS}`)).toBeUndefined();
});

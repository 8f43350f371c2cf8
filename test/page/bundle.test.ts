import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Built, buildUi } from "../../scripts/build-ui.ts";
import { COMPRESSED, openAssets } from "../../src/api/assets.ts";
import { PRELOADS } from "../../src/api/preloads.ts";
import { home } from "../live/sensor.ts";

/** Maximum gzipped size of the first load, and of the first load and all views except the playground, in bytes. */
const FIRST_LOAD = 60_000;
const ALL = 250_000;
/** Maximum number of scripts of a view: browsers request six files at a time. */
const SCRIPTS = 6;

const folder = join(mkdtempSync(join(tmpdir(), "eyas-ui-")), "built");
afterAll(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

describe("the page's bundle", () => {
  let built: Built;
  beforeAll(async () => {
    built = await buildUi(folder);
  });

  it("is at most 60 kB for the first load, and 250 kB with all views except the playground", () => {
    const editor = new Set(built.files.filter(({ name }) => isOfPlayground(name)).map(({ name }) => name));
    const all = built.files.filter(({ name }) => !editor.has(name)).reduce((sum, { zipped }) => sum + zipped, 0);
    expect(editor.size).toBeGreaterThan(0);
    expect(built.firstLoad).toBeLessThan(FIRST_LOAD);
    expect(all).toBeLessThan(ALL);
  });

  function isOfPlayground(name: string): boolean {
    return name.includes("worker-") || /cm-editor|EditorView/.test(readFileSync(join(folder, name), "utf8"));
  }

  it("has at most six more scripts for each of the first views, which are preloaded", () => {
    const views: readonly { pattern: string; scripts: string[] }[] = JSON.parse(
      readFileSync(join(folder, PRELOADS), "utf8"),
    );
    const files = new Set(built.files.map(({ name }) => name));
    for (const { pattern, scripts } of views)
      expect(
        scripts.filter((name) => !files.has(name)),
        pattern,
      ).toEqual([]);
    for (const path of ["/", "/alerts", "/alerts/1"]) {
      const view = views.find(({ pattern }) => new RegExp(pattern).test(path));
      expect(view?.scripts.length, path).toBeGreaterThan(0);
      expect(view?.scripts.length, path).toBeLessThanOrEqual(SCRIPTS);
    }
  });

  it("is served as the build compressed it", () => {
    const assets = openAssets(folder);
    let compressed = 0;
    for (const { name, bytes } of built.files.filter((file) => file.name.startsWith("assets/"))) {
      const plain = readFileSync(join(folder, name));
      const { bytes: body = plain, encoding } = assets.find(`/${name}`)?.body("gzip, br") ?? {};
      expect(encoding === "br" ? brotliDecompressSync(body) : body, name).toEqual(plain);
      const file = join(folder, name + COMPRESSED);
      if (encoding !== "br" || !existsSync(file)) continue;
      expect(body, name).toEqual(readFileSync(file));
      expect(body.length, name).toBeLessThan(bytes);
      compressed++;
    }
    expect(compressed).toBeGreaterThan(10);
    expect(assets.find(`/index.html${COMPRESSED}`)).toBeUndefined();
  });

  it("names each file of the first load by its content, and has no inline script or style", () => {
    const page = readFileSync(join(folder, "index.html"), "utf8");
    const links = [...page.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(1);
    for (const link of links) expect(link).toMatch(/^\/assets\/[a-z]+-[\w-]{8}\.(?:js|css)$/);
    expect(page).not.toMatch(/<style|<script>|\sstyle=|\son[a-z]+=/);
  });
});

describe("the page's source", () => {
  const sources = ["ui", "ui-shared"]
    .flatMap((folder) =>
      readdirSync(join(home, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
    )
    .filter((name) => /\.(?:tsx?|css|html)$/.test(name) && !name.startsWith("ui/built") && !name.endsWith(".test.ts"));

  it.each(sources)("%s turns no text into markup or code, and requests no other host", (name) => {
    const text = readFileSync(join(home, name), "utf8");
    expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet|srcdoc/);
    expect(text).not.toMatch(/\beval\(|javascript:/);
    if (name.endsWith(".tsx")) expect(text).not.toMatch(/\sstyle=/);
    if (name.endsWith(".css")) expect(text).not.toMatch(/url\(|@font-face|https?:/);
  });
});

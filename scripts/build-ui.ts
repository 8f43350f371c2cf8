// Bundles the web UI into `ui/built/`: `index.html`, and under `assets/` scripts and styles with their hash in the
// name, and `preloads.json`. scripts/setup.sh runs it when a source is newer than the bundle; `--sizes` prints the size of each file.
import { readdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { COMPRESSED } from "../src/api/assets.ts";
import { PRELOADS } from "../src/api/preloads.ts";
import { BROWSERS, bundleScripts, bundleWorker } from "./build-ui/scripts.ts";
import { packageFolders } from "./bundled-packages.ts";

const root = resolve(import.meta.dirname, "..");
const ui = join(root, "ui");

/** Result of a build. */
export interface Built {
  readonly folder: string;
  /**
   * Gzipped size, in bytes, of the files that the first view needs: the page, styles, the entry and its static imports.
   */
  readonly firstLoad: number;
  /** Directories of the bundled packages, `node_modules/…`, sorted. */
  readonly packages: readonly string[];
  /** The files with their plain and gzipped size in bytes. */
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly zipped: number }[];
}

/**
 * Bundles the page.
 * @param folder target directory; replaced when the new bundle is complete
 * @throws if a source does not compile or imports a module that is not available in browsers
 */
export async function buildUi(folder = join(ui, "built")): Promise<Built> {
  const fresh = `${folder}.${process.pid}`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  try {
    const worker = await bundleWorker(fresh);
    const { early, first, views, modules } = await bundleScripts(fresh, worker.path);
    const styles = await buildStyles(fresh);
    await writeFile(join(fresh, "index.html"), await pageText(early, first, styles.path));
    await writeFile(join(fresh, PRELOADS), JSON.stringify(views));
    const built = await measured(fresh, ["index.html", styles.path, early, ...first]);
    await compress(fresh, built.files);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return { ...built, folder, packages: packageFolders([...modules, ...worker.modules, ...styles.modules]) };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Paths of style sheets, in the order in which they are bundled, so that each can override the previous ones. */
const STYLES = [/^ui-shared\/page\//, /^ui-shared\//, /^ui\/shell\//, /^ui\//];

/** Bundles all style sheets into one. */
async function buildStyles(folder: string): Promise<{ path: string; modules: readonly string[] }> {
  const rank = (name: string): number => STYLES.findIndex((place) => place.test(name));
  const sheets = ["ui", "ui-shared"]
    .flatMap((parts) =>
      readdirSync(join(root, parts), { recursive: true, encoding: "utf8" }).map((name) => `${parts}/${name}`),
    )
    .filter((name) => name.endsWith(".css") && !name.startsWith("ui/built"))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: sheets.map((name) => `@import "./${name}";`).join("\n"), resolveDir: root, loader: "css" },
    outdir: folder,
    entryNames: "assets/page-[hash]",
    bundle: true,
    target: BROWSERS,
    minify: true,
    legalComments: "none",
    logLevel: "error",
    metafile: true,
  });
  const [[path, { inputs }] = failed()] = Object.entries(metafile.outputs);
  return { path: relative(folder, join(root, path)), modules: Object.keys(inputs) };
}

function failed(): never {
  throw new Error("The bundle of the styles has no output.");
}

async function pageText(early: string, scripts: readonly string[], styles: string): Promise<string> {
  const [entry, ...more] = scripts;
  const links = [
    `<script type="module" async src="/${early}"></script>`,
    `<link rel="stylesheet" href="/${styles}">`,
    ...more.map((name) => `<link rel="modulepreload" href="/${name}">`),
    `<script type="module" src="/${entry}"></script>`,
  ];
  const template = await readFile(join(ui, "index.html"), "utf8");
  return template.replace("<!-- assets -->", () => links.join("\n    "));
}

async function measured(folder: string, first: readonly string[]): Promise<Pick<Built, "files" | "firstLoad">> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
  const files = await Promise.all(
    names.sort().map(async (name) => {
      const content = await readFile(join(folder, name));
      return { name, bytes: content.length, zipped: gzipSync(content).length };
    }),
  );
  const firstLoad = files.filter(({ name }) => first.includes(name)).reduce((sum, { zipped }) => sum + zipped, 0);
  return { firstLoad, files };
}

/** Maximum size of a file that is compressed, in bytes. Larger ones, which few views need, would take seconds. */
const MAX_COMPRESSED = 200_000;

/** Compresses assets at the highest level, which takes too long when they are requested. */
async function compress(folder: string, files: Built["files"]): Promise<void> {
  for (const { name, bytes } of files) {
    if (!name.startsWith("assets/") || bytes > MAX_COMPRESSED) continue;
    const content = await readFile(join(folder, name));
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    await writeFile(join(folder, name + COMPRESSED), brotliCompressSync(content, { params }));
  }
}

if (import.meta.main) {
  const { files, firstLoad } = await buildUi();
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  if (process.argv.includes("--sizes")) {
    for (const { name, bytes, zipped } of files) console.log(`${name}: ${kilobytes(bytes)}, ${kilobytes(zipped)} gzip`);
  }
  console.error(`Built the web UI: first load ${kilobytes(firstLoad)} compressed.`);
}

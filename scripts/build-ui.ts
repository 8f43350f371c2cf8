// Bundles the web UI into `ui/built/`: `index.html`, and under `assets/` scripts and styles with their hash in the
// name. scripts/setup.sh runs it when a source is newer than the bundle; `--sizes` prints the size of each file.
import { readdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin } from "esbuild";
import { classesOfSource, knownSources } from "../src/field/sources.ts";
import { bundledPackages } from "./bundled-packages.ts";

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
    const worker = await buildWorker(fresh);
    const page = await bundle({
      entryPoints: { main: join(ui, "main.tsx") },
      outdir: fresh,
      entryNames: "assets/[name]-[hash]",
      chunkNames: "assets/[name]-[hash]",
      splitting: true,
      define: { PLAYGROUND_WORKER: JSON.stringify(worker.path) },
      plugins: [fieldNames],
    });
    const styles = await buildStyles(fresh);
    const first = firstScripts(page.metafile, fresh);
    await writeFile(join(fresh, "index.html"), await pageText(first, styles.path));
    const built = await measured(fresh, ["index.html", styles.path, ...first]);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return { ...built, folder, packages: bundledPackages([page.metafile, worker.metafile, styles.metafile]) };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

type Bundled = BuildResult & { metafile: Metafile };

/** A file that is bundled separately, by its path in the page. */
interface Part {
  readonly path: string;
  readonly metafile: Metafile;
}

async function bundle(options: BuildOptions): Promise<Bundled> {
  return build({
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: ["chrome123", "firefox120", "safari17.5"],
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "none",
    logLevel: "error",
    ...options,
    metafile: true,
  });
}

/** Bundles the worker of the playground into its own file, for which the server sends a separate policy. */
async function buildWorker(folder: string): Promise<Part> {
  const { metafile } = await bundle({
    entryPoints: { worker: join(ui, "playground/worker.ts") },
    outdir: folder,
    entryNames: "assets/[name]-[hash]",
  });
  return { path: `/assets/${basename(onlyOutput(metafile))}`, metafile };
}

/** Paths of style sheets, in the order in which they are bundled, so that each can override the previous ones. */
const STYLES = [/^ui-shared\/page\//, /^ui-shared\//, /^ui\/shell\//, /^ui\//];

/** Bundles all style sheets into one. */
async function buildStyles(folder: string): Promise<Part> {
  const rank = (name: string): number => STYLES.findIndex((place) => place.test(name));
  const sheets = ["ui", "ui-shared"]
    .flatMap((parts) =>
      readdirSync(join(root, parts), { recursive: true, encoding: "utf8" }).map((name) => `${parts}/${name}`),
    )
    .filter((name) => name.endsWith(".css") && !name.startsWith("ui/built"))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const { metafile } = await bundle({
    stdin: { contents: sheets.map((name) => `@import "./${name}";`).join("\n"), resolveDir: root, loader: "css" },
    outdir: folder,
    entryNames: "assets/page-[hash]",
  });
  return { path: relative(folder, join(root, onlyOutput(metafile))), metafile };
}

function onlyOutput({ outputs }: Metafile): string {
  const [file] = Object.keys(outputs);
  if (file === undefined) throw new Error("The bundle has no output.");
  return file;
}

/** Returns the entry and its static imports, the entry first. */
function firstScripts(metafile: Metafile, folder: string): string[] {
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === "ui/main.tsx");
  if (entry === undefined) throw new Error("The bundle has no script for ui/main.tsx.");
  const names = [entry[0]];
  for (const name of names) {
    for (const { path, kind } of metafile.outputs[name]?.imports ?? []) {
      if (kind === "import-statement" && !names.includes(path)) names.push(path);
    }
  }
  return names.map((name) => relative(folder, join(root, name)));
}

async function pageText(scripts: readonly string[], styles: string): Promise<string> {
  const [entry, ...more] = scripts;
  const links = [
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

/** Provides `eyas:fields`: the fields for completion, without the extraction functions of the catalogue. */
const fieldNames: Plugin = {
  name: "fields",
  setup(setup) {
    setup.onResolve({ filter: /^eyas:fields$/ }, ({ path }) => ({ path, namespace: "eyas" }));
    setup.onLoad({ filter: /.*/, namespace: "eyas" }, async () => ({
      contents: JSON.stringify(await describedFields()),
      loader: "json",
    }));
  },
};

async function describedFields(): Promise<{ name: string; about: string; argument: boolean; number: boolean }[]> {
  const classes = await Promise.all(knownSources.map((source) => classesOfSource(source)));
  const known = new Map(
    classes
      .flat()
      .flatMap(({ fields }) => fields)
      .filter(({ hidden, deprecated, filterOnly }) => !(hidden || deprecated || filterOnly))
      .map(({ name, description, argument, type }) => [
        name,
        { name, about: description, argument: argument !== undefined, number: /INT|DOUBLE|PORT|TIME/.test(type) },
      ]),
  );
  return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

if (import.meta.main) {
  const { files, firstLoad } = await buildUi();
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  if (process.argv.includes("--sizes")) {
    for (const { name, bytes, zipped } of files) console.log(`${name}: ${kilobytes(bytes)}, ${kilobytes(zipped)} gzip`);
  }
  console.error(`Built the web UI: first load ${kilobytes(firstLoad)} compressed.`);
}

// Bundles the program into `built/`, so that fewer files are loaded at startup. The command line and each worker are
// entries; code that they share or load later is in chunks. Most packages are not bundled. scripts/setup.sh runs it when a
// source is newer than the bundle; bin/eyas runs the sources in that case.
import { globSync, readFileSync, utimesSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { bundledPackages } from "./bundled-packages.ts";

const root = resolve(import.meta.dirname, "..");
const sources = join(root, "src");

/** Matches the URL of the module of a worker or of another process: `new URL("./worker.ts", import.meta.url)`. */
const WORKER = /new URL\("(\.\/[^"]+\.ts)", import\.meta\.url\)/g;

/** Packages of a bundle, each sorted. */
interface Packages {
  /** Names of packages that are loaded at run time. */
  readonly imports: readonly string[];
  /** Folders of packages whose code is in the bundle. */
  readonly packages: readonly string[];
}

/**
 * Bundles the program.
 * @param folder target directory beside `src`; replaced when the new bundle is complete
 * @returns which packages the bundle imports and contains
 * @throws if a source does not compile
 */
export async function buildProgram(folder = join(root, "built")): Promise<Packages> {
  const began = new Date();
  const fresh = `${folder}.${process.pid}`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  try {
    const { metafile } = await build({
      absWorkingDir: root,
      metafile: true,
      entryPoints: entries(),
      outdir: fresh,
      entryNames: "[name]",
      chunkNames: "[name]-[hash]",
      outExtension: { ".js": ".mjs" },
      ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node24", packages: "external" },
      charset: "utf8",
      logLevel: "error",
      plugins: [sourceLocations, lazyBuiltins],
    });
    // Sets the modification time to the start of the build, so that a source that changes during the build is newer.
    utimesSync(join(fresh, `${entryName("cli/main.ts")}.mjs`), began, began);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return { imports: importedPackages(metafile), packages: bundledPackages([metafile]) };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Names of the packages that a bundle imports, sorted. */
function importedPackages({ outputs }: Metafile): string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports.filter(({ external }) => external));
  const names = imports.map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
  return [...new Set(names)].filter((name) => !isBuiltin(name)).sort();
}

/** Returns the command line, the workers and other processes, by name of the bundled file. */
function entries(): Record<string, string> {
  const found: Record<string, string> = { [entryName("cli/main.ts")]: join(sources, "cli/main.ts") };
  for (const path of globSync("**/*.ts", { cwd: sources }).sort()) {
    if (path.endsWith(".test.ts")) continue;
    for (const [, worker] of readFileSync(join(sources, path), "utf8").matchAll(WORKER))
      if (worker !== undefined) found[entryName(join(dirname(path), worker))] = join(sources, dirname(path), worker);
  }
  return found;
}

/** Returns the name of the bundled file of an entry, such as `journal-worker` for `journal/worker.ts`. */
function entryName(path: string): string {
  return path.replace(/\.ts$/, "").replaceAll("/", "-");
}

/** Adapts references to files relative to a module: workers are entries of the bundle, other files stay in `src`. */
const sourceLocations: Plugin = {
  name: "source-locations",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta")) return undefined;
      const own = relative(root, path);
      const contents = text
        .replaceAll(WORKER, (_, worker: string) => {
          const entry = entryName(join(relative(sources, dirname(path)), worker));
          return `new URL("./${entry}.mjs", BUILT)`;
        })
        .replaceAll("import.meta.url", `new URL("../${own}", BUILT).href`)
        .replaceAll("import.meta.dirname", `(import.meta.dirname + "/../${dirname(own)}")`)
        .replaceAll("BUILT)", "import.meta.url)");
      return { contents, loader: "ts" };
    });
  },
};

/** Packages that are bundled because they import modules of Node.js that are seldom used. */
const BUNDLED = /^commander$/;

/**
 * Loads each module of Node.js when it is first used. An import statement loads it at startup, together with everything
 * that it exports: for `node:fs` these are streams, promises and the reading of lines.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : { path, namespace: "builtin" },
    );
    onResolve({ filter: BUNDLED }, ({ path }) => ({ path: createRequire(import.meta.url).resolve(path) }));
    onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({ contents: lazyModule(path), loader: "js" }));
  },
};

/** Source of a CommonJS module that has the exports of a module of Node.js as getters. */
function lazyModule(name: string): string {
  const builtin: unknown = process.getBuiltinModule(name);
  const get = `process.getBuiltinModule(${JSON.stringify(name)})`;
  if (typeof builtin !== "object" || builtin === null || builtin === process) return `module.exports = ${get};`;
  const getters = Object.keys(builtin).map((key) => `get ${key}() { return (loaded ??= ${get}).${key}; },`);
  return `let loaded;\nmodule.exports = {\n${getters.join("\n")}\n};`;
}

if (import.meta.main) await buildProgram();

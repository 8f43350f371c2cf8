// Bundles the program into `built/`, so that fewer files are loaded at startup. The command line and each worker are
// entries; code that they share or load later is in chunks. Most packages are not bundled. scripts/setup.sh runs it
// when a source is newer than the bundle; bin/eyas runs the sources in that case.
import { globSync, readFileSync, utimesSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { type Plugin, type RolldownOutput, rolldown } from "rolldown";
import { chunkNames } from "./build-program/chunks.ts";
import { packageFolders } from "./bundled-packages.ts";

const root = resolve(import.meta.dirname, "..");
const sources = join(root, "src");

/** Matches the URL of the module of a worker or of another process: `new URL("./worker.ts", import.meta.url)`. */
const WORKER = /new URL\("(\.\/[^"]+\.ts)", import\.meta\.url\)/g;

/** Packages of a bundle, each sorted. */
interface Packages {
  /** Names of packages that are loaded at run time. */
  readonly imports: readonly string[];
  /** Directories of packages whose code is in the bundle. */
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
    const written = await bundle(fresh);
    // Sets the modification time to the start of the build, so that a source that changes during the build is newer.
    utimesSync(join(fresh, `${entryName("cli/main.ts")}.mjs`), began, began);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return packagesOf(written);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function bundle(folder: string): Promise<RolldownOutput> {
  const input = entries();
  await using building = await rolldown({
    cwd: root,
    input,
    platform: "node",
    preserveEntrySignatures: "allow-extension",
    external: (id, _importer, isResolved) => !isResolved && isPackage(id) && !BUNDLED.test(id),
    plugins: [sourceLocations, lazyBuiltins],
    logLevel: "warn",
    checks: { ineffectiveDynamicImport: false, pluginTimings: false },
  });
  const written = await building.write({
    dir: folder,
    format: "es",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    comments: false,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ debugName: "rules", name: chunkNames(sources, input) }],
    },
  });
  return written;
}

function packagesOf({ output }: RolldownOutput): Packages {
  const chunks = output.filter((each) => each.type === "chunk");
  const files = new Set(chunks.map(({ fileName }) => fileName));
  const imported = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  const names = imported
    .filter((path) => !files.has(path))
    .map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
  const modules = chunks.flatMap(({ modules }) => Object.entries(modules));
  const used = modules.filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => relative(root, id));
  return {
    imports: [...new Set(names)].filter((name) => !isBuiltin(name)).sort(),
    packages: packageFolders(used),
  };
}

/** Whether a module is imported by the name of its package. */
function isPackage(id: string): boolean {
  return /^[^./\0]/.test(id) && !isBuiltin(id);
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
  transform(text, path) {
    if (!path.endsWith(".ts") || !text.includes("import.meta")) return undefined;
    const own = relative(root, path);
    return text
      .replaceAll(WORKER, (_, worker: string) => {
        const entry = entryName(join(relative(sources, dirname(path)), worker));
        return `new URL("./${entry}.mjs", BUILT)`;
      })
      .replaceAll("import.meta.url", `new URL("../${own}", BUILT).href`)
      .replaceAll("import.meta.dirname", `(import.meta.dirname + "/../${dirname(own)}")`)
      .replaceAll("BUILT)", "import.meta.url)");
  },
};

/** Packages that are bundled because they import modules of Node.js that are seldom used. */
const BUNDLED = /^commander$/;

/** Name of the source of {@link lazyModule}: `\0builtin:node:fs.cjs`. */
const BUILTIN = /^\0builtin:(.+)\.cjs$/;

/**
 * Loads each module of Node.js when it is first used. An import statement loads it at startup, together with everything
 * that it exports: for `node:fs` these are streams, promises and the reading of lines.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  resolveId(id, _importer, { kind }) {
    if (BUNDLED.test(id)) return createRequire(import.meta.url).resolve(id);
    if (!id.startsWith("node:")) return undefined;
    // The bundler's own helpers import `node:module`.
    if (kind === "dynamic-import" || id === "node:module") return { id, external: true };
    return `\0builtin:${id}.cjs`;
  },
  load(id) {
    const name = BUILTIN.exec(id)?.[1];
    return name === undefined ? undefined : { code: lazyModule(name), moduleType: "js" };
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

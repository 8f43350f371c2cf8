import { join, relative, resolve } from "node:path";
import { type InputOptions, type OutputChunk, type OutputOptions, type Plugin, rolldown } from "rolldown";
import type { ViewScripts } from "../../src/api/preloads.ts";
import { classesOfSource, knownSources } from "../../src/field/sources.ts";
import { chunkNames } from "./chunks.ts";

const root = resolve(import.meta.dirname, "../..");
const ui = join(root, "ui");
const MAIN = join(ui, "main.tsx");
/** Runs before the page has been loaded, so it imports nothing. */
const EARLY = join(root, "ui-shared/api/early.ts");

/** Views whose shared code is in few files. The others load more, smaller files. */
const FIRST_VIEWS = ["overview", "alerts", "alert"].map((folder) => join(ui, folder, "page.tsx"));

/** Oldest supported browsers. */
export const BROWSERS = ["chrome123", "firefox120", "safari17.5"];

/** What the build needs of a view in ui/shell/views.ts. */
interface View {
  readonly pattern: RegExp;
  readonly load: () => Promise<unknown>;
}

/** The bundled scripts of the page. */
export interface Scripts {
  /** Path of the script in the page that runs before the others have been loaded. */
  readonly early: string;
  /** The entry and its other static imports, the entry first: paths in the page. */
  readonly first: readonly string[];
  readonly views: readonly ViewScripts[];
  /** Paths of the bundled modules, relative to the repository. */
  readonly modules: readonly string[];
}

/**
 * Bundles the scripts of the page into a directory.
 * @param worker path of the playground's worker in the page
 * @throws if a source does not compile or imports a module that is not available in browsers
 */
export async function bundleScripts(folder: string, worker: string): Promise<Scripts> {
  const chunks = await bundle(
    {
      input: { main: MAIN, early: EARLY },
      transform: { define: { PLAYGROUND_WORKER: JSON.stringify(worker) } },
      plugins: [fieldNames, browserOnly],
    },
    {
      dir: folder,
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [{ debugName: "views", name: chunkNames([MAIN, EARLY], FIRST_VIEWS) }],
      },
    },
  );
  const [early = "", ...more] = withImports(chunks, EARLY);
  if (more.length > 0) throw new Error("ui-shared/api/early.ts must import nothing, so that it runs first.");
  // Imported by path, because the compiler checks the views only together with the DOM.
  const { views }: { readonly views: readonly View[] } = await import(join(ui, "shell/views.ts"));
  const first = withImports(chunks, MAIN).filter((name) => name !== early);
  return {
    early,
    first,
    views: views.map(({ pattern, load }) => ({
      pattern: pattern.source,
      scripts: withImports(chunks, moduleOf(load)).filter((name) => name !== early && !first.includes(name)),
    })),
    modules: modulesOf(chunks),
  };
}

/**
 * Bundles the worker of the playground into its own file, for which the server sends a separate policy.
 * @returns its path in the page, and the bundled modules
 */
export async function bundleWorker(folder: string): Promise<{ path: string; modules: readonly string[] }> {
  const chunks = await bundle(
    { input: { worker: join(ui, "playground/worker.ts") }, plugins: [browserOnly] },
    { dir: folder, codeSplitting: false },
  );
  return { path: `/${chunks[0]?.fileName}`, modules: modulesOf(chunks) };
}

async function bundle({ transform, ...input }: InputOptions, output: OutputOptions): Promise<OutputChunk[]> {
  await using building = await rolldown({
    cwd: root,
    platform: "browser",
    tsconfig: join(ui, "tsconfig.json"),
    preserveEntrySignatures: "allow-extension",
    transform: { target: BROWSERS, ...transform },
    checks: { ineffectiveDynamicImport: false, pluginTimings: false },
    onLog(level, { message }) {
      if (level === "warn") throw new Error(message); // such as an import that cannot be resolved
    },
    ...input,
  });
  const written = await building.write({
    format: "es",
    entryFileNames: "assets/[name]-[hash].js",
    chunkFileNames: "assets/[name]-[hash].js",
    minify: true,
    comments: false,
    ...output,
  });
  return written.output.filter((each) => each.type === "chunk");
}

/** Path of the module of a view, which its function `load` imports. */
function moduleOf(load: View["load"]): string {
  const [, path] = /import\("([^"]+)"\)/.exec(load.toString()) ?? [];
  if (path === undefined) throw new Error(`A view in ui/shell/views.ts does not import its module: ${load}`);
  return resolve(ui, "shell", path);
}

/** Returns the file of a module and its static imports, the file first. */
function withImports(chunks: readonly OutputChunk[], module: string): string[] {
  const own = chunks.find(({ facadeModuleId }) => facadeModuleId === module);
  if (own === undefined) throw new Error(`The bundle has no script for ${relative(root, module)}.`);
  const names = [own.fileName];
  for (const name of names) {
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? [])
      if (!names.includes(imported)) names.push(imported);
  }
  return names;
}

function modulesOf(chunks: readonly OutputChunk[]): string[] {
  return chunks
    .flatMap(({ modules }) => Object.entries(modules))
    .flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? [relative(root, id)] : []));
}

/** Rejects modules of Node.js, which the bundler would leave as imports. */
const browserOnly: Plugin = {
  name: "browser-only",
  resolveId(id, importer) {
    if (id.startsWith("node:")) throw new Error(`${importer} imports ${id}, which browsers do not have.`);
    return undefined;
  },
};

/** Provides `eyas:fields`: the fields for completion, without the extraction functions of the catalogue. */
const fieldNames: Plugin = {
  name: "fields",
  resolveId: (id) => (id === "eyas:fields" ? `\0${id}` : undefined),
  load: async (id) =>
    id === "\0eyas:fields" ? { code: JSON.stringify(await describedFields()), moduleType: "json" } : undefined,
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

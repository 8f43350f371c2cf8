// Checks imports of other directories and of packages against a table (ARCHITECTURE.md). Part of `npm run lint`.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

interface Room {
  /** Other directories of `src/`. */
  readonly rooms: readonly string[];
  /** `node:*` and packages. The code of a directory without packages also runs in a browser. */
  readonly packages: readonly string[];
}

const browser: readonly string[] = [];
const server: readonly string[] = ["node:*"];
const all = [
  "event",
  "capture",
  "machine",
  "field",
  "condition",
  "yaml",
  "rule",
  "audit",
  "source",
  "recorder",
  "engine",
  "alert",
  "query",
  "journal",
  "template",
  "output",
  "transport",
  "context",
  "posture",
  "response",
  "telemetry",
  "worker",
  "server",
  "api",
  "setting",
  "config",
  "drill",
  "workbench",
  "identity",
];

/** The directories of `src/`, with the directories and packages that each may import. */
export const table: Readonly<Record<string, Room>> = {
  event: { rooms: [], packages: browser },
  capture: { rooms: ["event"], packages: browser },
  machine: { rooms: ["event"], packages: browser },
  field: { rooms: ["event", "machine"], packages: browser },
  condition: { rooms: ["field", "machine", "event"], packages: [...browser, "re2js"] },
  yaml: { rooms: [], packages: [...browser, "yaml"] },
  rule: { rooms: ["yaml", "condition", "field", "machine", "event"], packages: [...browser, "yaml"] },
  audit: { rooms: ["event"], packages: server },
  source: {
    rooms: ["event", "audit", "machine", "capture", "transport", "setting", "server", "worker", "identity"],
    packages: [...server, "koffi", "kafkajs", "@nats-io/*"],
  },
  alert: { rooms: ["rule", "condition", "field", "machine", "event"], packages: server },
  query: { rooms: ["condition", "rule", "field", "event", "alert"], packages: browser },
  journal: { rooms: ["rule", "field", "machine", "event", "alert", "query", "worker"], packages: server },
  recorder: { rooms: ["event", "capture", "machine", "source", "journal", "server"], packages: server },
  engine: { rooms: ["event", "capture", "machine", "field", "condition", "rule", "source", "alert"], packages: server },
  workbench: {
    rooms: ["event", "capture", "machine", "field", "condition", "rule", "source", "engine", "alert", "response"],
    packages: server,
  },
  transport: { rooms: [], packages: [...server, "yaml", "kafkajs", "@platformatic/wasm-utils", "@nats-io/*"] },
  context: {
    rooms: ["event", "machine", "transport"],
    packages: [...server, "@grpc/grpc-js", "@grpc/proto-loader"],
  },
  posture: { rooms: ["audit", "transport"], packages: server },
  template: { rooms: [], packages: browser },
  output: {
    rooms: ["template", "alert", "query", "journal", "transport", "field", "setting", "telemetry", "worker"],
    packages: [
      ...server,
      "koffi",
      "@nats-io/*",
      "@redis/client",
      "amqplib",
      "mqtt",
      "kafkajs",
      "@aws-sdk/client-s3",
      "nodemailer",
      "get-east-asian-width",
    ],
  },
  response: {
    rooms: ["event", "machine", "field", "condition", "rule", "alert", "journal", "context", "transport"],
    packages: [...server, "koffi", "@kubernetes/client-node/*", "@aws-sdk/client-s3"],
  },
  telemetry: { rooms: [], packages: server },
  worker: { rooms: [], packages: server },
  server: { rooms: [], packages: server },
  api: {
    rooms: [
      "event",
      "machine",
      "field",
      "condition",
      "rule",
      "alert",
      "query",
      "journal",
      "output",
      "telemetry",
      "recorder",
      "server",
      "worker",
      "posture",
      "transport",
    ],
    packages: [...server, "hono/router/*", "oauth4webapi", "valibot", "@valibot/to-json-schema"],
  },
  identity: { rooms: ["event", "machine", "condition", "worker"], packages: server },
  setting: { rooms: [], packages: browser },
  config: { rooms: ["yaml", "setting", "output", "source"], packages: [...server, "yaml"] },
  drill: { rooms: [], packages: [...server, "koffi"] },
  agent: { rooms: all, packages: server },
  cli: { rooms: [...all, "agent"], packages: [...server, "commander"] },
};

const IMPORT =
  /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

/** Matches imports for sending requests. Only one file may contain such an import. */
const REQUEST = /\bimport\s*\{[^}]*\brequest\b[^}]*\}\s*from\s*["'](node:https?)["']/;
const SENDER = "transport/http/open.ts";

/** Returns the errors in the imports of a file, one line each. */
export function wrongImports(file: string, text: string, source: string): string[] {
  const [room = ""] = relative(source, file).split("/");
  const allowed = table[room];
  if (allowed === undefined) return [`${file}: src/${room} is not in the table of scripts/check-imports.ts`];
  const wrong: string[] = [];
  const sending = REQUEST.exec(text);
  if (sending !== null && !file.endsWith(".fixture.ts") && relative(source, file) !== SENDER)
    wrong.push(`${file}: send requests with src/transport/http, not with ${sending[1]}`);
  for (const found of text.matchAll(IMPORT)) {
    const target = targetOf(found);
    const line = text.slice(0, found.index).split("\n").length;
    if (target.startsWith(".")) {
      const [inside = ""] = relative(source, resolve(dirname(file), target)).split("/");
      if (inside === ".." && file.endsWith(".fixture.ts")) continue; // fixtures belong to tests
      if (inside !== room && !allowed.rooms.includes(inside))
        wrong.push(`${file}:${line}: src/${room} may not import src/${inside}`);
    } else if (!allowed.packages.some((name) => fits(target, name))) {
      wrong.push(`${file}:${line}: src/${room} may not import ${target}`);
    }
  }
  return wrong;
}

/** Returns the module in a match of {@link IMPORT}. */
function targetOf(found: RegExpExecArray): string {
  return found[1] ?? found[2] ?? found[3] ?? "";
}

/** Matches type imports, which do not exist at run time. */
const TYPES_ONLY = /^\s*(?:import|export)\s+type\b/;

/**
 * Finds circular imports at run time, one line per cycle. Files with several cycles between them are reported once.
 * Imports of types and `import()`, which loads later, do not count.
 * @param read returns the text of a file
 */
export function importCircles(files: readonly string[], read: (file: string) => string): string[] {
  const imports = new Map(files.map((file) => [file, valueImports(file, read(file))]));
  const reported = new Set<string>();
  return [...files].sort().flatMap((file) => {
    if (reported.has(file)) return [];
    const circle = circleThrough(file, imports);
    if (circle === undefined) return [];
    for (const each of circle) reported.add(each);
    const names = [...circle.slice(1), file].map((each) => relative(dirname(file), each));
    return [`${file}: circular import: → ${names.join(" → ")}`];
  });
}

/** Returns the files that a file imports when it is loaded. */
function valueImports(file: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].flatMap((found) => {
    const target = found[1] ?? found[2];
    if (target === undefined || !target.startsWith(".") || TYPES_ONLY.test(found[0])) return [];
    return [resolve(dirname(file), target)];
  });
}

/** Returns the shortest import cycle that starts with a file; undefined if the file is in no cycle. */
function circleThrough(file: string, imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const importers = new Map<string, string | undefined>([[file, undefined]]);
  for (const at of importers.keys()) {
    for (const next of imports.get(at) ?? []) {
      if (next !== file) {
        if (!importers.has(next)) importers.set(next, at);
        continue;
      }
      const circle: string[] = [];
      for (let back: string | undefined = at; back !== undefined; back = importers.get(back)) circle.unshift(back);
      return circle;
    }
  }
  return undefined;
}

/** Packages that the web UI uses. */
const pagePackages = [
  "preact",
  "preact/*",
  "@preact/*",
  "codemirror",
  "@codemirror/*",
  "@lezer/*",
  "d3-hierarchy",
  "diff",
  "eyas:fields",
];

/**
 * Returns the errors in modules that the web UI imports, directly or indirectly, one line each. These modules may not
 * import Node.js or packages that browsers do not have.
 * @param read returns the text of a file
 */
export function beyondBrowsers(entries: readonly string[], read: (file: string) => string): string[] {
  const allowed = [...pagePackages, ...Object.values(table).flatMap(({ packages }) => packages)];
  const wrong: string[] = [];
  const reached = [...entries];
  for (const file of reached) {
    if (file.endsWith(".css")) continue;
    const text = read(file);
    for (const found of text.matchAll(IMPORT)) {
      const target = targetOf(found);
      if (TYPES_ONLY.test(found[0])) continue;
      const line = text.slice(0, found.index).split("\n").length;
      if (target.startsWith(".")) {
        const next = resolve(dirname(file), target);
        if (next.includes("/src/api/"))
          wrong.push(`${file}:${line}: the web UI may import only types of src/api: import type`);
        if (!reached.includes(next)) reached.push(next);
      } else if (target.startsWith("node:") || !allowed.some((name) => fits(target, name))) {
        wrong.push(`${file}:${line}: the web UI loads this module, and browsers do not provide ${target}`);
      }
    }
  }
  return wrong;
}

/**
 * Returns an error for each import of a module of `ui/` from `ui-shared/`, one line each. The shared parts must not
 * depend on views.
 */
export function importsOfViews(files: readonly string[], root: string, read: (file: string) => string): string[] {
  const shared = files.filter((file) => file.startsWith(join(root, "ui-shared/")));
  return shared.flatMap((file) => {
    const text = read(file);
    return [...text.matchAll(IMPORT)].flatMap((found) => {
      if (!resolve(dirname(file), targetOf(found)).startsWith(join(root, "ui/"))) return [];
      return [`${file}:${text.slice(0, found.index).split("\n").length}: ui-shared may not import ui`];
    });
  });
}

function fits(target: string, name: string): boolean {
  return name.endsWith("*") ? target.startsWith(name.slice(0, -1)) : target === name;
}

if (import.meta.main) {
  const source = resolve(import.meta.dirname, "../src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  );
  const read = (file: string) => readFileSync(file, "utf8");
  const wrong = files.sort().flatMap((name) => wrongImports(join(source, name), read(join(source, name)), source));
  const root = resolve(source, "..");
  const pageFiles = ["ui", "ui-shared"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !/\.(?:test|fixture|d)\.ts$/.test(name) && !name.startsWith("built"))
      .sort()
      .map((name) => join(root, folder, name)),
  );
  wrong.push(...beyondBrowsers(pageFiles, read), ...importsOfViews(pageFiles, root, read));
  wrong.push(...importCircles([...files.map((name) => join(source, name)), ...pageFiles], read));
  for (const line of wrong) console.error(line.replace(`${process.cwd()}/`, ""));
  if (wrong.length > 0) process.exit(1);
}

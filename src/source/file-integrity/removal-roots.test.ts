import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { findRemovalRoots, programHistories, shellHistories } from "./removal-roots.ts";
import { exclusion } from "./roots.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "eyas-removal-roots-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Returns the roots by path, with the names that are reported. */
function found(...added: readonly string[]): Record<string, readonly string[] | "all"> {
  const { logs: roots } = findRemovalRoots(added, false, root);
  return Object.fromEntries(roots.map(({ path, names }) => [path.slice(root.length), names ? [...names] : "all"]));
}

test("a directory is watched with its content, and its name is watched in its parent", () => {
  mkdirSync(join(root, "var/log"), { recursive: true });
  expect(found("/var/log/")).toEqual({ "/var/log": "all", "/var": ["log"] });
  mkdirSync(join(root, "data"));
  symlinkSync(join(root, "data"), join(root, "var/linked"));
  expect(found("/var/linked")).toEqual({ "/data": "all", "": ["data"] });
});

test("a file is watched by its name, even if only its directory exists", () => {
  writeFileSync(join(root, "var/file"), "");
  expect(found("/var/file", "/var/log")).toEqual({ "/var": ["file", "log"], "/var/log": "all" });
  expect(found("/var/absent")).toEqual({ "/var/absent": "all", "/var": ["absent"] });
  expect(found("/absent/file")).toEqual({});
});

test("home directories are watched only for history files, and the root directory is never watched completely", () => {
  for (const each of ["root", "home/alice"]) mkdirSync(join(root, each), { recursive: true });
  const { logs, homes } = findRemovalRoots(["/"], true, root);
  const [home] = homes.filter(({ path }) => path === join(root, "home"));
  expect([home?.depth, home?.names?.has(".bash_history"), home?.names?.has("notes")]).toEqual([1, true, false]);
  expect(homes.find(({ path }) => path === root)?.names).toEqual(new Set(["root", "home"]));
  expect(logs.map(({ path }) => path)).toEqual([join(root, "var/log"), join(root, "var")]);
});

test("history files in watched directories are excluded from reports of changes", () => {
  const excludes = exclusion([]);
  const home = findRemovalRoots([], true, root).homes.find(({ path }) => path === join(root, "root"));
  const names = [...(home?.names ?? [])];
  expect(names).toContain(".zsh_history");
  expect(names.filter((name) => !excludes(`/root/${name}`))).toEqual([]);
});

test.each([
  ["syscall_incubating.yaml", "shell_histories", "program_histories"],
  ["file_integrity.yaml", "fim_shell_histories", "fim_program_histories"],
])("the history files in %s are the watched files", (file, ...names) => {
  const rules: readonly { readonly list?: string; readonly items?: readonly string[] }[] = parse(
    readFileSync(new URL(`../../../rules/${file}`, import.meta.url), "utf8"),
  );
  const home = findRemovalRoots([], true, root).homes.find(({ path }) => path === join(root, "home"));
  const items = names.map((name) => rules.find(({ list }) => list === name)?.items);
  expect(items).toEqual([shellHistories, programHistories]);
  expect(new Set(items.flat())).toEqual(home?.names);
});

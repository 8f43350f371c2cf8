import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { exclusion, findRoots, keysRoot, matching } from "./roots.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "eyas-roots-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("SSH directories of users are watched without subdirectories, so that no user can exhaust the limit", () => {
  mkdirSync(join(root, "home/alice/.ssh/below"), { recursive: true });
  mkdirSync(join(root, "etc"));
  const roots = findRoots(["/home/alice"], true, root).map(({ path, depth }) => [path.slice(root.length), depth]);
  expect(roots).toEqual([
    ["/home/alice", 64],
    ["/etc", 64],
    ["/home/alice/.ssh", 0],
  ]);
  expect(keysRoot("/home/bob/.ssh")).toMatchObject({ path: "/home/bob/.ssh", depth: 0 });
  expect([keysRoot("/home/bob/x/.ssh"), keysRoot("/srv/home/bob/.ssh")]).toEqual([undefined, undefined]);
});

test("paths are excluded with everything below them, by default or by a pattern", () => {
  const excludes = exclusion(["/srv/*/cache", "*/node_modules"]);
  for (const path of ["/root/.bash_history", "/srv/a/cache", "/srv/a/cache/x", "/srv/b/node_modules/y", "/x/.git/z"])
    expect(excludes(path), path).toBe(true);
  for (const path of ["/root/.zsh_history", "/root/.python_history"]) expect(excludes(path), path).toBe(true);
  for (const path of ["/root/x", "/srv/a/b/cache", "/srv/a/caches", "/etc"]) expect(excludes(path), path).toBe(false);
  expect([matching([])("/etc"), matching(["/etc"])("/etc/x"), matching(["/etc"])("/etcx")]).toEqual([
    false,
    true,
    false,
  ]);
});

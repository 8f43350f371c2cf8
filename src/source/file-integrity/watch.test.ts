import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Change, WatchMessage } from "./messages.ts";
import { Watch } from "./watch.ts";

const root = mkdtempSync(join(tmpdir(), "eyas-watch-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const LIBRARIES = join(root, "usr/lib");
const INFO = join(root, "var/lib/dpkg/info");
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** Installs a version of a package: a library and a link to it. */
function install(version: string): void {
  const name = `libx.so.1.${version}`;
  writeFileSync(join(LIBRARIES, name), `content ${version}`);
  link(name);
  writeFileSync(join(INFO, "libx:amd64.list"), `/.\n/usr\n/usr/lib\n/usr/lib/libx.so.1\n/usr/lib/${name}\n`);
  writeFileSync(join(INFO, "libx:amd64.md5sums"), `${md5(`content ${version}`)}  usr/lib/${name}\n`);
  writeFileSync(
    join(root, "var/lib/dpkg/status"),
    `Package: libx\nStatus: install ok installed\nVersion: 1.${version}\n`,
  );
}

function link(target: string): void {
  rmSync(join(LIBRARIES, "libx.so.1"), { force: true });
  symlinkSync(target, join(LIBRARIES, "libx.so.1"));
}

test("links of packages that changed while nothing was watched", () => {
  mkdirSync(LIBRARIES, { recursive: true });
  mkdirSync(INFO, { recursive: true });
  install("1");
  const changes: Change[] = [];
  const watch = new Watch({
    data: {
      ...{ baseline: join(root, "baseline.db"), hostRoot: root, paths: [LIBRARIES], defaults: false, removals: [] },
      ...{ exclude: [], maxDirectories: 100, maxFiles: 100, maxHash: 1000, hashRate: 1000, quiet: 100, longest: 1000 },
      ...{ scanInterval: 0, managers: [] },
    },
    fanotify: undefined,
    send: (message: WatchMessage) => void (message.kind === "changes" && changes.push(...message.changes)),
  });
  const path = join(LIBRARIES, "libx.so.1");
  /** Whether each change matches its package. The kind of a change is not compared, since file systems reuse inodes. */
  const found = (): readonly (boolean | undefined)[] => {
    watch.packages.refresh();
    watch.found(path, watch.baseline.get(path), "start");
    watch.flush();
    return changes.splice(0).map(({ owner }) => owner?.matches);
  };
  watch.store(path, watch.look(path).after);

  link("libx.so.1.1"); // the same version again, with another inode
  expect(found()).toEqual([]);
  install("2");
  expect(found()).toEqual([true]);
  writeFileSync(join(LIBRARIES, "libx.so.1.2"), "not of the package");
  link("./libx.so.1.2");
  expect(found()).toEqual([undefined]);
  link("/tmp/libx.so.1.1");
  expect(found()).toEqual([undefined]);
  link("libx.so.1"); // a link to itself
  expect(found()).toEqual([undefined]);
});

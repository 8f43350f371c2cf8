import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Document } from "../../event/document.ts";
import { defaultsOf } from "../../setting/shape.ts";
import type { FeedContext, FeedRequest } from "../origin/descriptor.ts";
import type { Attribution } from "./attribution.ts";
import { automatic, keys } from "./keys.ts";
import type { WatchData } from "./messages.ts";
import { startShell } from "./mounts.fixture.ts";
import { openChanges } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-integrity-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the worker that watches files", needs("root"), () => {
  const groups = (): number =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).includes("fanotify");
      } catch {
        return false;
      }
    }).length;
  const data: WatchData = {
    ...{ baseline: join(folder, "none/baseline.db"), hostRoot: "/", paths: [folder], defaults: false, removals: [] },
    ...{ exclude: [], maxDirectories: 100, maxFiles: 100, maxHash: 1000, hashRate: 1000, quiet: 100, longest: 1000 },
    ...{ scanInterval: 0, managers: [], wake: -1 },
  };

  test("leaves no kernel queue when it fails", async () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: data });
    const { promise, resolve } = Promise.withResolvers<Error>();
    worker.once("error", resolve);
    expect((await promise).message).toContain("ENOENT");
    await vi.waitFor(() => expect(groups()).toBe(0));
  });

  test("reports mounts over watched directories of the machine", needs("mount namespaces"), async () => {
    const { pid, run } = await startShell(onTestFinished);
    await run("mount -t tmpfs earlier /mnt && mkdir /mnt/watched");
    const root = join(folder, "machine");
    mkdirSync(join(root, "mnt/watched"), { recursive: true });
    mkdirSync(join(root, "proc"));
    symlinkSync(`/proc/${pid}`, join(root, "proc/1"));
    const documents: Document[] = [];
    const baseline = Promise.withResolvers<void>();
    const settings = { ...defaultsOf(keys), default_paths: false, paths: ["/mnt/watched"] };
    const intake = { offer: (given: readonly Document[]) => documents.push(...given) };
    const request = { ...{ source: "file_integrity", origin: automatic, keys: "", settings }, intake };
    const state = join(folder, "machine-state");
    const context = { ...{ positions: "", state, hostRoot: root, warn() {} }, note: () => baseline.resolve() };
    const feed = openChanges(request as unknown as FeedRequest<typeof automatic>, context); // the reader is not used
    await baseline.promise;
    await run("mount -t tmpfs one /mnt/watched && mount -t tmpfs two /mnt");
    const found = () => documents.map(({ value }) => value).filter((value) => Object(value).change === "mounted");
    await expect.poll(() => found().length).toBe(2);
    const mount = (source: string) => ({ type: "tmpfs", source, root: "/" });
    const change = { change: "mounted", time: expect.stringMatching(/^20/) };
    expect(found()).toEqual([
      { ...change, path: "/mnt/watched", mount: mount("one") },
      { ...change, path: "/mnt", mount: mount("two") },
    ]);
    await feed.close();
  });

  describe("a feed that closes soon after a package manager's change", () => {
    const watched = join(folder, "watched");
    beforeAll(() => mkdirSync(watched));

    test("reports the transaction", async () => {
      const documents: Document[] = [];
      const baseline = Promise.withResolvers<void>();
      const changed = Promise.withResolvers<void>();
      const lineage = { lineage: [], seen: undefined, manager: { kind: "package", paths: ["/usr/bin/dpkg"] } } as const;
      const attribution: Partial<Attribution> = {
        noteActors() {},
        noteRuns() {},
        areSettled: () => true,
        keep() {},
        of() {
          changed.resolve();
          return lineage;
        },
      };
      const settings = { ...defaultsOf(keys), default_paths: false, paths: [watched], quiet: 100 };
      const request = {
        ...{ source: "file_integrity", origin: automatic, keys: "", settings },
        intake: { offer: (given: readonly Document[]) => documents.push(...given) },
      };
      const context: FeedContext = {
        ...{ positions: "", state: folder, warn() {}, note: () => baseline.resolve() },
        attribution: attribution as Attribution, // its other members are not used
      };
      chmodSync(folder, 0o755);
      const feed = openChanges(request as unknown as FeedRequest<typeof automatic>, context); // the reader is not used
      await baseline.promise;
      writeFileSync(join(watched, "a"), "x");
      await changed.promise;
      await feed.close();
      expect(documents.map(({ value }) => value)).toContainEqual(
        expect.objectContaining({ change: "packages", files: 1, manager: "/usr/bin/dpkg" }),
      );
      expect(statSync(folder).mode & 0o777).toBe(0o755); // the state may be in a directory of another user
    });
  });
});

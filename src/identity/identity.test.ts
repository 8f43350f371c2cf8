import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { Thread } from "../machine/thread.ts";
import { type Identity, openIdentity } from "./identity.ts";

let identity: Identity | undefined;
afterEach(() => identity?.close());

const poll = { timeout: 110_000 };

/** An apk database with one package, which owns a file in /bin. */
function packageOf(name: string, content: string): string {
  const sum = createHash("sha1").update(content).digest("base64");
  return `P:${name}s\nV:1\nF:bin\nR:${name}\nZ:Q1${sum}\n\n`;
}

/** A root directory with a program that no package owns. */
function makeRoot(): { readonly root: string; readonly file: string } {
  const root = mkdtempSync(join(tmpdir(), "eyas-identity-"));
  mkdirSync(join(root, "bin"));
  mkdirSync(join(root, "lib/apk/db"), { recursive: true });
  writeFileSync(join(root, "lib/apk/db/installed"), packageOf("other", ""));
  symlinkSync("/proc", join(root, "proc"));
  const file = join(root, "bin/tool");
  writeFileSync(file, "tool");
  return { root, file };
}

/** An exited thread that ran /bin/tool. */
function threadOf(file: string): Thread {
  const { ino, ctimeNs, mtimeNs } = statSync(file, { bigint: true });
  const executable = { exepath: "/bin/tool", exeIno: ino, exeInoCtime: ctimeNs, exeInoMtime: mtimeNs };
  return Object.assign(new Thread(2 ** 30), { pid: 2 ** 30, ptid: 2 ** 30 }, executable);
}

function open(root: string): Identity {
  identity = openIdentity({ hostRoot: root, idle: 1, arrived: () => {}, fault: () => {} });
  return identity;
}

test("the idle worker ends, and starts for a new executable", async () => {
  const { root, file } = makeRoot();
  const { programs, ...rest } = open(root);
  await expect.poll(() => identity?.isActive, poll).toBe(false);
  const thread = threadOf(file);
  programs.started(thread);
  expect(identity?.isActive).toBe(true);
  const sha256 = createHash("sha256").update("tool").digest("hex");
  await expect.poll(() => thread.program?.facts, poll).toMatchObject({ sha256, isFromPackage: false });
  await expect.poll(() => identity?.isActive, poll).toBe(false);
  expect(rest.counts.outcomes).toEqual(new Map([["hashed", 1]]));
});

test("changes to packages while the worker is stopped update the facts of examined executables", async () => {
  const { root, file } = makeRoot();
  const { programs } = open(root);
  const thread = threadOf(file);
  programs.started(thread);
  await expect.poll(() => thread.program?.facts.isFromPackage, poll).toBe(false);
  await expect.poll(() => identity?.isActive, poll).toBe(false);
  writeFileSync(join(root, "lib/apk/db/installed"), packageOf("other", "") + packageOf("tool", "tool"));
  await expect.poll(() => thread.program?.facts, poll).toMatchObject({ package: "tools", isFromPackage: true });
  await expect.poll(() => identity?.isActive, poll).toBe(false);
});

test("while rpm has locked its database, the packages are not known; afterwards they are", {
  timeout: 120_000,
}, async () => {
  const { root, file } = makeRoot();
  mkdirSync(join(root, "var/lib/rpm"), { recursive: true });
  const rpm = new DatabaseSync(join(root, "var/lib/rpm/rpmdb.sqlite"));
  rpm.exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL); BEGIN EXCLUSIVE");
  const faults: string[] = [];
  let reads = 0;
  const packagesRead = (): number => reads++;
  identity = openIdentity({
    hostRoot: root,
    arrived: () => {},
    fault: (message) => faults.push(message),
    packagesRead,
  });
  const thread = threadOf(file);
  identity.programs.started(thread);
  await expect.poll(() => thread.program?.facts.sha256, poll).toBeDefined();
  await new Promise((resolve) => setTimeout(resolve, 3000)); // longer than a read waits for the lock
  expect(reads).toBe(0);
  expect(thread.program?.facts.isFromPackage).toBeUndefined();
  rpm.close();
  await expect.poll(() => thread.program?.facts.isFromPackage, poll).toBe(false);
  expect(faults).toEqual([]);
});

test("small executables do not wait for large ones", async () => {
  const { root, file } = makeRoot();
  const { programs } = open(root);
  await expect.poll(() => identity?.isActive, poll).toBe(false);
  const large = Array.from({ length: 8 }, (_, i) => {
    const path = join(root, "bin", `large-${i}`);
    writeFileSync(path, "");
    truncateSync(path, 200 << 20);
    return Object.assign(threadOf(path), { exepath: `/bin/large-${i}` });
  });
  for (const thread of large) programs.started(thread);
  const thread = threadOf(file);
  programs.started(thread);
  await expect.poll(() => thread.program?.facts.sha256, poll).toBeDefined();
  expect(large.at(-1)?.program?.examination).toBe("pending");
});

test("large executables without a package are reported before they are read, also beyond the limit of the queue", async () => {
  const { root, file: tool } = makeRoot();
  const { programs } = open(root);
  await expect.poll(() => identity?.isActive, poll).toBe(false);
  const names = Array.from({ length: 2100 }, (_, i) => `tool-${i}`);
  const threads = names.map((name) => {
    const file = join(root, "bin", name);
    writeFileSync(file, "");
    truncateSync(file, 200 << 20);
    return Object.assign(threadOf(file), { exepath: `/bin/${name}` });
  });
  for (const thread of threads) programs.started(thread);
  const states = threads.map(({ program }) => program?.examination);
  expect([states[0], states.at(-1)]).toEqual(["pending", "skipped"]);
  const last = threads[states.lastIndexOf("pending")]?.program;
  await expect.poll(() => last?.facts, poll).toMatchObject({ isFromPackage: false, sha256: undefined });
  await expect.poll(() => last?.examination, poll).toBe("skipped");

  const small = threadOf(tool);
  programs.started(small);
  await expect.poll(() => small.program?.examination, poll).toBe("done");
  expect(small.program?.facts.sha256).toBeDefined();
  expect(threads.filter(({ program }) => program?.examination === "pending").length).toBeGreaterThan(900);
});

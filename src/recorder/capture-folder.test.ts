import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CaptureFolder, openStored } from "./capture-folder.ts";

const NO_LIMITS = { maxFiles: 1000, maxTotal: 1e12, minFree: 0 };
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eyas-captures-"));
});
afterEach(() => rmSync(root, { recursive: true }));

async function create(folder: CaptureFolder, time: bigint, content = "", rule = "often"): Promise<string> {
  const path = folder.pathFor(time, 42);
  const file = await folder.create(path, rule);
  await file.writeFile(content);
  await file.close();
  return path;
}

test("a capture is named like Falco's captures, and only its owner can read it", async () => {
  const path = await create(new CaptureFolder(join(root, "new/captures/falco"), NO_LIMITS), 1234567890n);
  expect(path).toBe(join(root, "new/captures/falco_00000000001234567890_00000000000000000042.scap"));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(root, "new/captures")).mode & 0o777).toBe(0o700);
});

test("a prefix that ends in a slash is a directory", async () => {
  const folder = new CaptureFolder(`${root}/`, NO_LIMITS);
  const path = await create(folder, 1n);
  expect(path).toBe(`${root}/_${"1".padStart(20, "0")}_${"42".padStart(20, "0")}.scap`);
  expect((await folder.list()).map((each) => each.path)).toEqual([path]);
  const file = await openStored(`${root}/`, path);
  expect(file).toBeDefined();
  await file?.close();
});

test("an existing file and a link are not opened", async () => {
  const folder = new CaptureFolder(join(root, "eyas"), NO_LIMITS);
  writeFileSync(folder.pathFor(1n, 42), "mine");
  await expect(create(folder, 1n)).rejects.toThrow("EEXIST");
  symlinkSync(join(root, "target"), folder.pathFor(2n, 42));
  await expect(create(folder, 2n)).rejects.toThrow("EEXIST");
  expect(readdirSync(root)).not.toContain("target");
});

test("a directory in which other users can replace files is rejected", async () => {
  const open = join(root, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  await expect(create(new CaptureFolder(join(open, "eyas"), NO_LIMITS), 1n)).rejects.toThrow(
    `${open} is writable by all users`,
  );
  chmodSync(open, 0o1777);
  await create(new CaptureFolder(join(open, "eyas"), NO_LIMITS), 1n);
});

test("the oldest captures are deleted above the maximum number or total size; other files are kept", async () => {
  const folder = new CaptureFolder(join(root, "eyas"), { ...NO_LIMITS, maxFiles: 3 });
  const others = ["eyas_notes.scap", "other_00000000000000000001_00000000000000000001.scap", "eyas.scap"];
  for (const name of others) writeFileSync(join(root, name), "");
  const linked = folder.pathFor(0n, 1);
  symlinkSync("/etc/hostname", linked);
  const paths: string[] = [];
  for (const time of [1n, 2n, 3n, 4n]) paths.push(await create(folder, time, "x".repeat(100)));
  const names = (): string[] => readdirSync(root).map((name) => join(root, name));
  expect(names().toSorted()).toEqual([...others.map((name) => join(root, name)), linked, ...paths.slice(1)].toSorted());
  const small = new CaptureFolder(join(root, "eyas"), { ...NO_LIMITS, maxTotal: 150 });
  const last = await create(small, 5n);
  expect((await small.list()).map(({ path }) => path)).toEqual([paths[3], last]);
});

test("captures of a rule that matches often do not displace captures of other rules", async () => {
  const folder = new CaptureFolder(join(root, "eyas"), { ...NO_LIMITS, maxFiles: 4, maxTotal: 1000 });
  const rare = await create(folder, 1n, "x".repeat(100), "rare");
  const kept = async (): Promise<string[]> => (await folder.list()).map(({ path }) => path);
  const often: string[] = [];
  for (let time = 2n; time < 10n; time++) often.push(await create(folder, time, "x".repeat(50)));
  expect(await kept()).toEqual([rare, ...often.slice(-3)]);
  // replaces a capture of the rule with the most files
  const large = await create(folder, 10n, "x".repeat(2000), "large");
  const last = await create(folder, 11n, "", "rare");
  expect(await kept()).toEqual([rare, ...often.slice(-1), last]);
  expect(await kept()).not.toContain(large);
});

test("nothing is created without free space", async () => {
  const folder = new CaptureFolder(join(root, "eyas"), { ...NO_LIMITS, minFree: 1e18 });
  await expect(create(folder, 1n)).rejects.toThrow(/has less than \d+ MB free\.$/);
  expect(readdirSync(root)).toEqual([]);
});

test("a stored capture is opened by its name in the configured directory only", async () => {
  const prefix = join(root, "eyas");
  const path = await create(new CaptureFolder(prefix, NO_LIMITS), 7n, "content");
  const contentOf = async (stated: string): Promise<string | undefined> => {
    const file = await openStored(prefix, stated);
    const content = await file?.readFile("utf8");
    await file?.close();
    return content;
  };
  expect(await contentOf(path)).toBe("content");
  expect(await contentOf(path.replace(root, "/etc"))).toBe("content"); // the directory in an alert is ignored
  const secret = join(root, "secret");
  writeFileSync(secret, "secret");
  const link = new CaptureFolder(prefix, NO_LIMITS).pathFor(8n, 1);
  symlinkSync(secret, link);
  mkdirSync(join(root, `eyas_${"0".repeat(20)}_${"0".repeat(20)}.scap`));
  for (const stated of [
    secret,
    link,
    `${prefix}_1_1.scap`,
    `${path}/../secret`,
    "",
    `${prefix}_${"0".repeat(20)}_${"0".repeat(20)}.scap`,
  ])
    expect(await contentOf(stated)).toBeUndefined();
});

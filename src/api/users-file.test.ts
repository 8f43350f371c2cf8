import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { addUser, listUsers, openUsers, removeUser } from "./users.ts";
import { writeObstacle } from "./users-file.ts";

const newFolder = (): string => mkdtempSync(join(tmpdir(), "eyas-users-"));
const yes = (): boolean => true;
const zoe = { name: "zoe", role: "viewer" } as const;

/** Runs a script as another process. @returns the JSON that it prints */
function run(script: string, ...command: readonly string[]): unknown {
  const imports = `
import { addUser, listUsers, openUsers } from ${module("users.ts")};
import { writeObstacle } from ${module("users-file.ts")};
import { readdirSync, statSync, writeFileSync } from "node:fs";
const failing = async (work) => { try { await work(); return ""; } catch (error) { return error.message; } };
`;
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e"];
  const [program = "", ...words] = [...command, ...node, imports + script];
  const { stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}
const module = (name: string): string => JSON.stringify(join(import.meta.dirname, name));

it("a file of an earlier version, without creation times, is valid, and a file with creation times is valid for the earlier version", async () => {
  const file = join(newFolder(), "users.json");
  const token = addUser(file, "ada", "admin");
  const { key, users } = JSON.parse(readFileSync(file, "utf8"));
  const [{ created, ...ada }] = users;
  expect(Object.keys(ada)).toEqual(["name", "role", "token"]); // what earlier versions require
  expect(created).toMatch(/^\d{4}-\d\d-\d\dT/);
  writeFileSync(file, JSON.stringify({ key, users: [ada, { ...ada, name: "bob", created: 7 }] }));
  const opened = openUsers(file).users;
  expect(opened.list().users).toEqual([
    { name: "ada", role: "admin" },
    { name: "bob", role: "admin" },
  ]);
  await opened.add(zoe, yes);
  expect(opened.withToken(token)).toMatchObject({ name: "ada" });
});

it("the temporary file and the lock follow no symbolic link", () => {
  for (const suffix of [`.${process.pid}`, ".lock"]) {
    const folder = newFolder();
    const [file, victim] = [join(folder, "users.json"), join(folder, "victim")];
    addUser(file, "ada", "admin");
    unlinkSync(`${file}.lock`);
    writeFileSync(victim, "mine", { mode: 0o644 });
    symlinkSync(victim, file + suffix);
    if (suffix === ".lock") expect(() => addUser(file, "bob", "viewer")).toThrow(`run rm ${file}.lock`);
    else addUser(file, "bob", "viewer");
    expect([readFileSync(victim, "utf8"), lstatSync(file).isFile()]).toEqual(["mine", true]);
  }
});

it("the file and its lock are readable only by their owner", () => {
  const file = join(newFolder(), "users.json");
  addUser(file, "ada", "admin");
  expect([file, `${file}.lock`].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
  chmodSync(file, 0o644);
  addUser(file, "bob", "viewer");
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

it("a symbolic link of this user is kept, and its target is changed", () => {
  const [file, link] = [join(newFolder(), "users.json"), join(newFolder(), "link.json")];
  addUser(file, "ada", "admin");
  symlinkSync(file, link);
  addUser(link, "bob", "viewer");
  removeUser(link, "ada");
  expect([lstatSync(link).isSymbolicLink(), listUsers(file)]).toEqual([true, [{ name: "bob", role: "viewer" }]]);
});

it("a file that was replaced with a link or a file of another user is not changed", needs("root"), async () => {
  const [folder, other] = [newFolder(), join(newFolder(), "theirs.json")];
  const file = join(folder, "users.json");
  addUser(file, "ada", "admin");
  addUser(other, "eve", "admin");
  const { users } = openUsers(file);
  const theirs = readFileSync(other, "utf8");
  unlinkSync(file);
  symlinkSync(other, file);
  lchownSync(file, 1234, 1234);
  await expect(users.add(zoe, yes)).rejects.toThrow("is a symbolic link owned by user 1234");
  unlinkSync(file);
  writeFileSync(file, theirs, { mode: 0o600 });
  chownSync(file, 1234, 1234);
  await expect(users.add(zoe, yes)).rejects.toThrow("belongs to user 1234");
  expect(() => users.list()).toThrow("belongs to user 1234");
  expect([readFileSync(other, "utf8"), readFileSync(file, "utf8")]).toEqual([theirs, theirs]);
});

it("a change by root with sudo keeps the owner of the file", needs("root"), () => {
  const file = join(newFolder(), "users.json");
  addUser(file, "ada", "admin");
  chownSync(file, 1234, 1235);
  unlinkSync(`${file}.lock`);
  const after = run(
    `addUser(${JSON.stringify(file)}, "bob", "viewer");
console.log(JSON.stringify(["", ".lock"].map((suffix) => {
  const { uid, gid, mode } = statSync(${JSON.stringify(file)} + suffix);
  return [uid, gid, mode & 0o777];
})));`,
    ...["env", "SUDO_UID=1234"],
  );
  expect(after).toEqual([
    [1234, 1235, 0o600],
    [1234, 1235, 0o600],
  ]);
});

it("a process of another user states why it cannot change the file", needs("root"), () => {
  const folder = newFolder();
  const file = join(folder, "users.json");
  addUser(file, "ada", "admin");
  chmodSync(file, 0o640);
  chownSync(file, 0, 1234);
  chmodSync(folder, 0o755);
  const asUser = `process.setgroups([]); process.setgid(1234); process.setuid(1234);
const file = ${JSON.stringify(file)};
const { users } = openUsers(file);
console.log(JSON.stringify([users.list(), await failing(() => users.add({ name: "zoe", role: "viewer" }, () => true))]));`;
  const denied = `Cannot change ${file}: permission denied.`;
  expect(run(asUser)).toMatchObject([{ users: [{ name: "ada" }], file, obstacle: denied }, expect.any(String)]);
  chownSync(folder, 1234, 1234); // could replace the file, which root would then reject
  const foreign = `Cannot change ${file}: ${file} belongs to user 0, and this process runs as user 1234.`;
  expect(run(asUser)).toMatchObject([{ obstacle: foreign }, foreign]);
  expect([statSync(file).uid, listUsers(file)]).toEqual([0, [{ name: "ada", role: "admin" }]]);
});

it("on a full disk, a change returns the cause, and the file is unchanged", needs("mount namespaces"), () => {
  const folder = newFolder();
  const result = run(
    `const folder = ${JSON.stringify(folder)};
const file = folder + "/users.json";
const token = addUser(file, "ada", "admin");
const { users } = openUsers(file);
try { writeFileSync(folder + "/filler", Buffer.alloc(1 << 20)); } catch {}
const failed = await failing(() => users.add({ name: "zoe", role: "viewer" }, () => true));
console.log(JSON.stringify([failed, listUsers(file), users.withToken(token)?.name, readdirSync(folder).sort()]));`,
    ...["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"', folder],
  );
  const file = join(folder, "users.json");
  expect(result).toEqual([
    `Cannot change ${file}: the disk is full.`,
    [{ name: "ada", role: "admin" }],
    "ada",
    ["filler", "users.json", "users.json.lock"],
  ]);
});

it(
  "on a read-only file system, users are listed with the reason why they cannot be changed",
  needs("mount namespaces"),
  () => {
    const folder = newFolder();
    const file = join(folder, "users.json");
    addUser(file, "ada", "admin");
    const result = run(
      `const { users } = openUsers(${JSON.stringify(file)});
const failed = await failing(() => users.add({ name: "zoe", role: "viewer" }, () => true));
console.log(JSON.stringify([users.list(), failed]));`,
      ...["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', folder],
    );
    const obstacle = `Cannot change ${file}: the file system is read-only.`;
    expect(result).toMatchObject([{ users: [{ name: "ada" }], obstacle }, obstacle]);
  },
);

it("a server that can write the file reports no obstacle", () => {
  const file = join(newFolder(), "users.json");
  addUser(file, "ada", "admin");
  expect(writeObstacle(file)).toBeUndefined();
  expect(readdirSync(join(file, "..")).sort()).toEqual(["users.json", "users.json.lock"]);
});

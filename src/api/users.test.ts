import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { addUser, listUsers, openUsers } from "./users.ts";

it("a symbolic link in place of the file is not followed", () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-users-"));
  const [file, victim] = [join(folder, "users.json"), join(folder, "victim")];
  writeFileSync(victim, "mine", { mode: 0o644 });
  symlinkSync(victim, `${file}.${process.pid}`);
  addUser(file, "ada", "admin");
  expect(readFileSync(victim, "utf8")).toBe("mine");
  expect(lstatSync(file).mode & 0o170777).toBe(0o100600);
  expect(listUsers(file)).toEqual([{ name: "ada", role: "admin" }]);
});

it("a file that other users can write is rejected", () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-users-")), "users.json");
  addUser(file, "ada", "admin");
  chmodSync(file, 0o622);
  expect(() => openUsers(file)).toThrow("chmod go-w");
  chmodSync(file, 0o644); // as in mounted secrets
  expect(listUsers(file)).toHaveLength(1);
});

it("a file of another user, or in a directory that is writable by all users, is rejected", needs("root"), () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-users-"));
  const file = join(folder, "page-users.json");
  addUser(file, "admin", "admin");
  chownSync(file, 1234, 1234);
  expect(() => openUsers(file)).toThrow(`${file} belongs to user 1234: run chown 0 ${file} (web_page.users_file).`);
  chownSync(file, 0, 0);
  chmodSync(folder, 0o777);
  expect(() => listUsers(file)).toThrow(`${file} is in ${folder}, which is writable by all users`);
});

it("a session of a user of the OpenID Connect provider ends when it expires, or when the settings of roles change", () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-users-")), "users.json");
  const { users } = openUsers(file, "a");
  const user = { name: "oidc:maria", role: "responder" } as const;
  const cookie = users.signOpenId(user, 2000);
  expect(users.withCookie(cookie, 1999)).toEqual(user);
  expect(users.withCookie(cookie, 2000)).toBeUndefined();
  expect(openUsers(file, "a").users.withCookie(cookie, 1999)).toEqual(user);
  expect(openUsers(file, "b").users.withCookie(cookie, 1999)).toBeUndefined();
  expect(openUsers(file).users.withCookie(cookie, 1999)).toBeUndefined();
  users.forget(cookie, 1000);
  expect(users.withCookie(cookie, 1999)).toBeUndefined();
});

it("without a provider, sessions of its users are not valid", () => {
  const { users } = openUsers(join(mkdtempSync(join(tmpdir(), "eyas-users-")), "users.json"));
  const cookie = users.signOpenId({ name: "oidc:maria", role: "admin" }, 2000);
  expect(users.withCookie(cookie, 1999)).toBeUndefined();
});

afterEach(() => vi.restoreAllMocks());

/** Opens a users file with clocks that advance only when `wait` is called. */
function openedAt() {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-users-")), "users.json");
  const token = addUser(file, "ada", "admin");
  let passed = 0;
  const start = Date.now();
  vi.spyOn(performance, "now").mockImplementation(() => passed);
  vi.spyOn(Date, "now").mockImplementation(() => start + passed);
  const problems: string[] = [];
  const { users } = openUsers(file, undefined, (reason) => problems.push(reason));
  const cookie = users.sign({ name: "ada", role: "admin" }, start);
  const wait = (milliseconds: number): boolean => {
    passed += milliseconds;
    const isKnown = users.withToken(token) !== undefined;
    expect(users.withCookie(cookie, start) !== undefined).toBe(isKnown);
    return isKnown;
  };
  return { file, problems, wait };
}

it.each<[string, (file: string) => void, string]>([
  ["is not valid", (file) => writeFileSync(file, "{"), "Cannot read the users"],
  ["is writable by other users", (file) => chmodSync(file, 0o666), "chmod go-w"],
  ["is removed", (file) => rmSync(file), "ENOENT"],
])("a users file that %s is reported once, and accepts no user after some seconds", (_, damage, reason) => {
  const { file, problems, wait } = openedAt();
  const valid = readFileSync(file);
  damage(file);
  expect([wait(600), wait(600)]).toEqual([true, true]);
  expect(problems).toEqual([expect.stringContaining(reason)]);
  expect([wait(5000), wait(600)]).toEqual([false, false]);
  expect(problems).toHaveLength(1);
  writeFileSync(`${file}.new`, valid, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  expect(wait(600)).toBe(true);
});

it("if a users file was damaged long before the next request, users are rejected immediately", () => {
  const { file, wait } = openedAt();
  writeFileSync(file, "{");
  expect(wait(60_000)).toBe(false);
});

it("users remain valid while an editor replaces the file", () => {
  const { file, problems, wait } = openedAt();
  renameSync(file, `${file}~`);
  expect(wait(600)).toBe(true);
  writeFileSync(file, readFileSync(`${file}~`), { mode: 0o600 });
  expect([wait(600), wait(60_000)]).toEqual([true, true]);
  expect(problems).toHaveLength(1);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { home } from "../agent/home.ts";
import { takeLock } from "../journal/lock.ts";
import type { Users } from "./user.ts";
import { MOST_USERS } from "./user-changes.ts";
import { addUser, listUsers, openUsers, removeUser } from "./users.ts";

const newFile = (): string => join(mkdtempSync(join(tmpdir(), "eyas-users-")), "users.json");
const yes = (): boolean => true;

/** The users of a file with the admins `ada` and `bob` and the viewer `vera`. */
function opened(): { readonly file: string; readonly users: Users } {
  const file = newFile();
  for (const name of ["ada", "bob"]) addUser(file, name, "admin");
  addUser(file, "vera", "viewer");
  return { file, users: openUsers(file).users };
}

const failure = (name: string) => expect.objectContaining({ failure: name });

it("a new user signs in with the token, and the file contains only the hash and the creation time of the token", async () => {
  const { file, users } = opened();
  const before = Date.now();
  const token = await users.add({ name: "zoe", role: "responder" }, yes);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(users.withToken(token)).toMatchObject({ name: "zoe", role: "responder" });
  expect(readFileSync(file, "utf8")).not.toContain(token);
  const added = users.list().users.at(-1);
  expect(added).toEqual({ name: "zoe", role: "responder", created: expect.any(String) });
  expect(Date.parse(added?.created ?? "")).toBeGreaterThanOrEqual(before);
});

it("an existing user is not added again, and keeps the token", async () => {
  const { users } = opened();
  const token = await users.renew("vera", yes);
  await expect(users.add({ name: "vera", role: "admin" }, yes)).rejects.toEqual(failure("user_exists"));
  expect(users.withToken(token)).toMatchObject({ role: "viewer" });
});

it.each(["", "-a", "a b", "oidc:maria", "a/b", "é", "a".repeat(65), "a\n", "__proto__"])(
  "the name %j is rejected",
  async (name) => {
    const { file, users } = opened();
    const before = readFileSync(file, "utf8");
    await expect(users.add({ name, role: "viewer" }, yes)).rejects.toEqual(failure("invalid_name"));
    expect(() => addUser(file, name, "viewer")).toThrow("is not a valid user name");
    expect(readFileSync(file, "utf8")).toBe(before);
  },
);

it("a new token replaces the old token and ends sessions immediately", async () => {
  const { users } = opened();
  const [old, time] = [await users.renew("vera", yes), Date.now()];
  const cookie = users.sign({ name: "vera", role: "viewer" }, time);
  expect(users.withCookie(cookie, time)).toEqual({ name: "vera", role: "viewer" });
  const token = await users.renew("vera", yes);
  expect([users.withToken(old), users.withCookie(cookie, time)]).toEqual([undefined, undefined]);
  expect(users.endOf(cookie, time)).toBe("session_revoked");
  expect(users.withToken(token)).toMatchObject({ name: "vera" });
});

it("the token and the sessions of a removed user end immediately", async () => {
  const { users } = opened();
  const [token, time] = [await users.renew("vera", yes), Date.now()];
  const cookie = users.sign({ name: "vera", role: "viewer" }, time);
  await users.remove("vera", yes);
  expect([users.withToken(token), users.withCookie(cookie, time)]).toEqual([undefined, undefined]);
  expect(users.list().users.map(({ name }) => name)).toEqual(["ada", "bob"]);
});

it("a session continues with a new role", async () => {
  const { users } = opened();
  const cookie = users.sign({ name: "vera", role: "viewer" }, Date.now());
  await users.setRole({ name: "vera", role: "responder" }, yes);
  expect(users.withCookie(cookie, Date.now())).toEqual({ name: "vera", role: "responder" });
});

it("an unknown user is not changed", async () => {
  const { users } = opened();
  await expect(users.setRole({ name: "zoe", role: "viewer" }, yes)).rejects.toEqual(failure("unknown_user"));
  await expect(users.renew("zoe", yes)).rejects.toEqual(failure("unknown_user"));
  await expect(users.remove("zoe", yes)).rejects.toEqual(failure("unknown_user"));
});

it("the last admin cannot be removed or demoted, but can get a new token", async () => {
  const { users } = opened();
  await users.remove("ada", yes);
  await expect(users.remove("bob", yes)).rejects.toEqual(failure("last_admin"));
  await expect(users.setRole({ name: "bob", role: "responder" }, yes)).rejects.toEqual(failure("last_admin"));
  await users.setRole({ name: "bob", role: "admin" }, yes);
  expect(users.withToken(await users.renew("bob", yes))).toMatchObject({ role: "admin" });
});

it("if two admins are removed or demoted at the same time, even by two pages, one admin remains", async () => {
  for (const second of ["remove", "setRole"] as const) {
    const { file, users } = opened();
    const other = openUsers(file).users;
    const results = await Promise.allSettled([
      users.remove("ada", yes),
      second === "remove" ? other.remove("bob", yes) : other.setRole({ name: "bob", role: "viewer" }, yes),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(listUsers(file).filter(({ role }) => role === "admin")).toEqual([{ name: "bob", role: "admin" }]);
  }
});

it("a change is not made for a user who was removed or demoted in the meantime", async () => {
  const { file, users } = opened();
  const cookie = users.sign({ name: "ada", role: "admin" }, Date.now());
  removeUser(file, "ada"); // by another process: the page has not read the file yet
  const isAuthorized = (): boolean => users.withCookie(cookie, Date.now())?.role === "admin";
  await expect(users.add({ name: "eve", role: "admin" }, isAuthorized)).rejects.toEqual(failure("not_authorized"));
  expect(listUsers(file).map(({ name }) => name)).toEqual(["bob", "vera"]);
});

it(`at most ${MOST_USERS} users are added; existing ones can still be changed`, async () => {
  const { file, users } = opened();
  const content = JSON.parse(readFileSync(file, "utf8"));
  const more = Array.from({ length: MOST_USERS - 3 }, (_, i) => ({ ...content.users[2], name: `user-${i}` }));
  writeFileSync(file, JSON.stringify({ ...content, users: [...content.users, ...more] }));
  await expect(users.add({ name: "zoe", role: "viewer" }, yes)).rejects.toEqual(failure("too_many_users"));
  expect(() => addUser(file, "zoe", "viewer")).toThrow("the maximum is 1000");
  expect(addUser(file, "user-1", "viewer")).toMatch(/^[\w-]{43}$/);
  await users.remove("user-2", yes);
  expect(await users.add({ name: "zoe", role: "viewer" }, yes)).toMatch(/^[\w-]{43}$/);
});

it("a change waits for another process, and is rejected if that takes too long", async () => {
  const { file, users } = opened();
  const lock = takeLock(`${file}.lock`);
  let checks = 0;
  const added = users.add({ name: "zoe", role: "viewer" }, () => ++checks > 0);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect([checks, listUsers(file).length]).toEqual([0, 3]);
  lock.release();
  await added;
  expect([checks, listUsers(file).length]).toEqual([1, 4]);
  const again = takeLock(`${file}.lock`);
  await expect(users.remove("zoe", yes)).rejects.toEqual(failure("busy"));
  again.release();
});

it("no change is lost while commands and the page change the file", async () => {
  const { file, users } = opened();
  const commands = Array.from({ length: 3 }, (_, i) =>
    spawn(join(home, "bin/eyas"), ["users", "add", `command-${i}`, "--file", file], { stdio: "ignore" }),
  );
  const ends = Promise.all(commands.map(async (child) => (await once(child, "exit"))[0]));
  let ended = false;
  void ends.then(() => {
    ended = true;
  });
  const own: string[] = [];
  for (let i = 0; !ended && i < 900; i++) {
    const name = `page-${i}`;
    await users.add({ name, role: "viewer" }, yes);
    own.push(name);
    await new Promise((resolve) => setTimeout(resolve, 5)); // SQLite polls for the lock
  }
  expect(await ends).toEqual([0, 0, 0]);
  const names = new Set(listUsers(file).map(({ name }) => name));
  expect(own.length).toBeGreaterThan(0);
  for (const name of [...own, "command-0", "command-1", "command-2"]) expect(names).toContain(name);
}, 300_000);

it("a change does not create a removed file again, because all users would be lost", async () => {
  const { file, users } = opened();
  rmSync(file);
  expect(() => users.list()).toThrow(expect.objectContaining({ failure: "file" }));
  await expect(users.add({ name: "zoe", role: "admin" }, yes)).rejects.toEqual(failure("file"));
  expect(() => readFileSync(file)).toThrow("ENOENT");
});

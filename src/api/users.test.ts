import { chmodSync, lstatSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
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
  chmodSync(file, 0o644); // permissions of mounted secrets
  expect(listUsers(file)).toHaveLength(1);
});

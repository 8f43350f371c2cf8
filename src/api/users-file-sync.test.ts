import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { syncFolder } from "../journal/folder.ts";
import { addUser, removeUser } from "./users.ts";

vi.mock("../journal/folder.ts", { spy: true });

it("a change syncs the file and its directory, so that a removed token is not valid again after a power failure", () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-users-"));
  const file = join(folder, "users.json");
  addUser(file, "ada", "admin");
  addUser(file, "bob", "admin");
  vi.mocked(syncFolder).mockClear();
  vi.mocked(syncFolder).mockImplementation(() => expect(existsSync(`${file}.${process.pid}`)).toBe(false));
  removeUser(file, "bob");
  expect(vi.mocked(syncFolder).mock.calls).toEqual([[folder]]);
});

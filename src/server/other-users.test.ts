import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasOtherUsers } from "./other-users.ts";

/** The root directory of a machine with these users, and with processes of the current user. */
function machine(...users: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), "eyas-users-"));
  mkdirSync(join(root, "etc"));
  mkdirSync(join(root, "proc/1"), { recursive: true });
  mkdirSync(join(root, "proc/self"));
  writeFileSync(join(root, "etc/passwd"), ["root:x:0:0:root:/root:/bin/bash", ...users, ""].join("\n"));
  return root;
}

const own = process.geteuid?.() ?? 0;

test.each<readonly [string, boolean, readonly string[]]>([
  [
    "services",
    false,
    ["daemon:x:1:1::/:/usr/sbin/nologin", "nobody:x:65534:65534::/:/bin/sh", "x:x:1001:1::/:/bin/false"],
  ],
  ["a user that logs in", true, ["maria:x:1001:1001::/home/maria:/bin/bash"]],
  ["a user without a shell in the file, who has /bin/sh", true, ["maria:x:1001:1001::/home/maria:"]],
  ["no file of users", false, []],
])("a machine with %s has other users: %s", (_, expected, users) => {
  expect(hasOtherUsers(machine(...users), own)).toBe(expected);
});

test("the user of a process is another user, unless the test runs as this user", () => {
  const root = machine(`maria:x:${own + 5000}:1::/home/maria:/bin/bash`);
  expect(hasOtherUsers(root, own + 5000)).toBe(true); // the process belongs to `own`
  expect(hasOtherUsers(machine(), own)).toBe(false);
  expect(hasOtherUsers("/nowhere", own)).toBe(false);
});

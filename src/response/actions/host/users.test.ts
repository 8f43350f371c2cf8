import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { usersOf } from "./users.ts";

const proc = mkdtempSync(join(tmpdir(), "eyas-proc-"));
afterAll(() => rmSync(proc, { recursive: true }));

test.each([
  ["no user namespace", "         0          0 4294967295\n", "1000", [0, 5, 1000, 100_000, 4_294_967_294]],
  [
    "a rootless container",
    "         0       1000          1\n         1     100000      65536\n",
    "1000",
    [1000, 100_000],
  ],
  ["a user namespace without a map", "", "1000", [1000]],
])("with %s", (_, map, uid, expected) => {
  mkdirSync(join(proc, "7"), { recursive: true });
  writeFileSync(join(proc, "7/uid_map"), map);
  writeFileSync(join(proc, "7/status"), `Name:\tx\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nGid:\t5\t5\t5\t5\n`);
  const isUser = usersOf(7, proc);
  expect([0, 5, 1000, 100_000, 4_294_967_294].filter((each) => isUser(BigInt(each)))).toEqual(expected);
});

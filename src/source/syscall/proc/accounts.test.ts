import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { NO_ID } from "../../../event/constants.ts";
import { idMap, readAccounts } from "./accounts.ts";

const files: Readonly<Record<string, string>> = {
  "etc/passwd":
    "root:x:0:0::/root:/bin/sh\nwww:x:33:33::/:/bin/sh\nfar:x:70000:0::/:/bin/sh\nodd:x:1:70000::/:/bin/sh\n",
  "etc/group": "root:x:0:\nweb:x:33:www\nfar:x:70000:\n",
};
const read = (path: string): string | undefined => files[path];

test("accounts of a user namespace have the IDs on the machine", () => {
  // UID map of a rootless container: root is the user 1000, the others are subordinate IDs.
  const map = idMap("         0       1000          1\n         1     100000      65536\n");
  const { users, groups } = readAccounts(read, map, map);
  expect(users.map(({ uid, gid, name }) => [uid, gid, name])).toEqual([
    [1000, 1000, "root"],
    [100_032, 100_032, "www"],
    [100_000, NO_ID, "odd"],
  ]);
  expect(groups).toEqual([
    { gid: 1000, name: "root" },
    { gid: 100_032, name: "web" },
  ]);
});

test("the ID map of the machine changes nothing, and an empty map leaves no account", () => {
  const all = idMap("         0          0 4294967295\n");
  expect(readAccounts(read, all, all)).toEqual(readAccounts(read));
  expect(readAccounts(read, idMap(""), idMap(""))).toEqual({ users: [], groups: [] });
});

test("accounts do not keep their files in memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // `gc` exists because of the flag
  const padding = `#${"x".repeat(1 << 20)}\n`;
  collect();
  const before = process.memoryUsage().external;
  const kept = Array.from({ length: 100 }, (_, i) => {
    const line = `a-user-with-a-name-${i}:x:${i}:${i}::/home/a-user-with-a-home-${i}:/usr/sbin/nologin\n`;
    const file = Buffer.from(padding + line, "latin1").toString("latin1");
    return readAccounts((path) => (path === "etc/passwd" ? file : undefined));
  });
  collect();
  // The files have 100 MiB. Node.js frees external strings with a delay, so some may still be there.
  expect(process.memoryUsage().external - before).toBeLessThan(50 << 20);
  expect(kept.length).toBe(100);
});

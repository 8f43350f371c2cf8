import { expect, test } from "vitest";
import { NO_ID } from "../../../event/constants.ts";
import { idMap, readAccounts } from "./accounts.ts";

const files: Readonly<Record<string, string>> = {
  "etc/passwd":
    "root:x:0:0::/root:/bin/sh\nwww:x:33:33::/:/bin/sh\nfar:x:70000:0::/:/bin/sh\nodd:x:1:70000::/:/bin/sh\n",
  "etc/group": "root:x:0:\nweb:x:33:www\nfar:x:70000:\n",
};
const read = (path: string): string | undefined => files[path];

test("accounts of a user namespace have their ids on the machine", () => {
  // Of a rootless container: its root is the user 1000, the rest are subordinate ids.
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

test("the map of the machine changes nothing, an empty one leaves no account", () => {
  const all = idMap("         0          0 4294967295\n");
  expect(readAccounts(read, all, all)).toEqual(readAccounts(read));
  expect(readAccounts(read, idMap(""), idMap(""))).toEqual({ users: [], groups: [] });
});

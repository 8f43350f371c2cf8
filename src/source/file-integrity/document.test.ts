import { expect, test } from "vitest";
import { documentOf } from "./document.ts";
import type { Change } from "./messages.ts";
import type { FileState } from "./state.ts";

const NOT_KNOWN = { lineage: [], seen: undefined, manager: undefined };
const state: FileState = {
  ...{ type: "file", mode: 0o644, uid: 0, gid: 0, size: 5, mtime: 1, ctime: 1, inode: 7, links: 1 },
};
const change: Change = {
  ...{ path: "/etc/a", kind: "modified", differences: ["times"], from: undefined, time: 0, events: 1 },
  ...{ foundBy: "event", actors: [], moreActors: false, owner: undefined, before: state, after: state },
};

test.each([9e18, -9e18, 2 ** 70])("a time that a date cannot represent is omitted: %s", (mtime) => {
  const document = documentOf({ ...change, after: { ...state, mtime } }, NOT_KNOWN);
  expect(document).toMatchObject({ old: { mtime: "1970-01-01T00:00:00.000Z" }, new: { inode: 7 } });
  expect(document.new).not.toHaveProperty("mtime");
});

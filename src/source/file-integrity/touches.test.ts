import { expect, test } from "vitest";
import { Fan } from "./fanotify.ts";
import type { FileState } from "./state.ts";
import { Touches } from "./touches.ts";

const state: FileState = {
  ...{ type: "file", mode: 0o644, uid: 0, gid: 0, size: 5, mtime: 1, ctime: 1, inode: 7, links: 1 },
};
const known = (path: string) => (path.startsWith("/known") ? state : undefined);
const open = () => new Touches(known, 1000, 5000);

test("many writes are one change, which is complete after a quiet time or at the maximum duration", () => {
  const touches = open();
  for (let now = 0; now < 3000; now += 10) touches.add("/known", Fan.MODIFY, 1, now);
  expect(touches.take(3500)).toEqual([]);
  const [touch, ...others] = touches.take(3990);
  expect([touch?.events, touch?.actors, others]).toEqual([300, [1], []]);
  for (let now = 0; now <= 5000; now += 10) touches.add("/known", Fan.MODIFY, 1, now);
  expect(touches.take(5000)).toHaveLength(1);
});

test("a file that an editor writes and renames to an existing path is a change of the existing path", () => {
  const touches = open();
  touches.add("/tmp-x", Fan.CREATE, 1, 0);
  touches.add("/tmp-x", Fan.MODIFY, 1, 1);
  touches.rename("/tmp-x", "/known", 2, 2);
  expect(touches.take(9000)).toMatchObject([{ path: "/known", before: state, from: undefined, actors: [2, 1] }]);
});

test("a rename is a change of the new path, and nothing more is reported for the old path", () => {
  const touches = open();
  touches.rename("/known", "/new", 1, 0);
  expect(touches.take(9000)).toMatchObject([
    { path: "/known", isMoved: true },
    { path: "/new", from: { path: "/known", state } },
  ]);
});

test("a writer takes precedence over a process that changed permissions; other actors are stored up to a limit", () => {
  const touches = open();
  touches.add("/known", Fan.ATTRIB, 1, 0);
  for (let actor = 2; actor < 20; actor++) touches.add("/known", Fan.MODIFY, actor, 1);
  expect(touches.take(9000)).toMatchObject([{ actors: [2, 1, 3, 4, 5, 6, 7, 8], moreActors: true }]);
});

test("a change is complete although the clock is set back", () => {
  const touches = open();
  touches.add("/known", Fan.MODIFY, 1, 900_000);
  expect(touches.take(900_100)).toEqual([]);
  expect(touches.take(100_000)).toMatchObject([{ path: "/known" }]);
});

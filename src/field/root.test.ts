import { expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import type { Thread } from "../machine/thread.ts";
import { rootOf } from "./root.ts";

function root(values: Partial<Thread>, parent: Partial<Thread> = {}): string {
  const stage = new Stage({}, [process(1, 0), process(50, 1), process(100, 50)]);
  Object.assign(stage.thread(50), parent);
  return rootOf(stage.machine, Object.assign(stage.thread(100), values));
}

const inImage = { filename: "/usr/bin/dpkg", exepath: "/srv/a/usr/bin/dpkg" };

test.each([
  ["none", { filename: "/usr/bin/dpkg", exepath: "/usr/bin/dpkg" }, {}, "/"],
  ["of chroot", { root: "/srv/a" }, {}, "/srv/a"],
  ["of an exec", inImage, {}, "/srv/a"],
  ["of the exec of an ancestor", { filename: "/x.postinst", exepath: "/srv/a/usr/bin/dash" }, inImage, "/srv/a"],
  ["of an exec through a link to /usr/bin", { ...inImage, filename: "/bin/dpkg" }, {}, "/srv/a"],
  ["none for a link to /usr/bin", { filename: "/bin/dpkg", exepath: "/usr/bin/dpkg" }, {}, "/"],
  ["none for a relative path", { ...inImage, filename: "usr/bin/dpkg" }, {}, "/"],
  ["none for a link elsewhere", { ...inImage, filename: "/dpkg" }, {}, "/"],
])("root directory %s", (_what, values, parent, expected) => {
  expect(root(values, parent)).toBe(expected);
});

import { describe, expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import type { ParamValue } from "../event/write.ts";

const AT_FDCWD = -100;

/** The name and the real path of the file that an openat opens. `own` are the parameters that the sensor adds. */
function opened(given: string, own: readonly ParamValue[], root = "/"): (string | undefined)[] {
  const stage = new Stage({}, [process(1, 0), process(100, 1, { root })]);
  const { fd } = stage.happen(EventCode.OPENAT_2_X, 100, [3, AT_FDCWD, given, 1, 0, 5, 77n, ...own]);
  return [fd?.name, fd?.real?.text];
}

describe("the name of an opened file", () => {
  test("is the path that the program passed if the sensor reports no real path", () => {
    expect(opened("/tmp/link", [])).toEqual(["/tmp/link", undefined]);
  });

  test("is the path that the program passed if only the thread can change the memory", () => {
    expect(opened("/tmp/link", ["/etc/shadow", 0])).toEqual(["/tmp/link", "/etc/shadow"]);
  });

  test.each([
    ["a harmless path", "/tmp/harmless", "/etc/shadow"],
    ["a path that others protect", "/etc/shadow", "/tmp/harmless"],
    ["a relative path", "harmless", "/etc/shadow"],
  ])("is the real path if others can change the memory, which contains %s", (_, given, real) => {
    expect(opened(given, [real, 1])).toEqual([real, real]);
  });

  test("is the path that the program passed if no rule watches the file", () => {
    expect(opened("/tmp/harmless", ["", ""])).toEqual(["/tmp/harmless", ""]);
  });

  test.each([
    ["a directory of a merged /usr", "/bin/su", "/usr/bin/su", "/"],
    ["/var/run", "/var/run/docker.pid", "/run/docker.pid", "/"],
    ["the root directory of the process", "/etc/passwd", "/srv/jail/etc/passwd", "/srv/jail"],
  ])("is the path that the program passed if it differs only by %s", (_, given, real, root) => {
    expect(opened(given, [real, 1], root)).toEqual([given, real]);
  });

  const ON_OVERLAY = 1 << 16;
  const CONTAINER = { cgroups: `cpuset=/docker/${"ab".repeat(32)}\0` };

  /** The name of a file that a process opens on a running machine, with an overlay at /mnt/merged. */
  function openedLive(given: string, flags: number, named = {}, hasExited = false): string | undefined {
    const isOverlay = (_pid: number, path: string) => (hasExited ? undefined : path === "/mnt/merged");
    const stage = new Stage({ isAlive: () => true, isOverlay }, [process(1, 0), process(100, 1, named)]);
    return stage.happen(EventCode.OPENAT_2_X, 100, [3, AT_FDCWD, given, flags, 0, 5, 77n, "/etc/shadow", 1]).fd?.name;
  }

  test("is the path that the program passed if it differs only by the mount point of an overlay", () => {
    const given = "/mnt/merged/etc/shadow";
    expect(openedLive(given, ON_OVERLAY)).toBe(given);
    expect(openedLive(given, ON_OVERLAY, CONTAINER)).toBe(given);
  });

  test("is the path that the program passed if the process has exited, so that its mounts are unknown", () => {
    expect(openedLive("/tmp/x/etc/shadow", ON_OVERLAY, CONTAINER, true)).toBe("/tmp/x/etc/shadow");
  });

  test("is the real path if nothing is mounted at the beginning of the path that the program passed", () => {
    expect(openedLive("/tmp/x/etc/shadow", 1)).toBe("/etc/shadow");
    expect(openedLive("/tmp/x/etc/shadow", ON_OVERLAY, CONTAINER)).toBe("/etc/shadow");
  });

  test("is not taken from the mark of an io_uring in captures without the parameter", () => {
    const RING = Uint8Array.of(0x52, 0x49, 0x4e, 0x47);
    expect(opened("/tmp/link", ["/etc/shadow", RING])).toEqual(["/tmp/link", "/etc/shadow"]);
  });
});

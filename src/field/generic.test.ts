import { expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { syscallId } from "../event/syscalls.ts";
import type { ParamValue } from "../event/write.ts";
import type { Observed } from "../machine/observed.ts";
import { findField } from "./catalogue.ts";

function read(event: Observed, text: string) {
  const use = findField(text);
  return use?.field.bind(use.argument)(event);
}

/** A generic event of a process in /srv whose descriptor 3 is /var/log/x.log. */
function called(call: string, ...own: readonly ParamValue[]): Observed {
  const stage = new Stage({}, [process(100, 1, { comm: "sh", cwd: "/srv" })]);
  stage.happen(EventCode.OPENAT_2_X, 100, [3, -100, "/var/log/x.log", 2, 0, 0, 0]);
  return stage.happen(EventCode.GENERIC_X, 100, [syscallId.get(call) ?? 0, 0, ...own]);
}

test("Eyas-specific parameters of generic events have names, raw values and text", () => {
  const event = called("fchmodat2", 0, -100, "bin/x", null, 0o4755, 0);
  expect(read(event, "evt.type")).toBe("fchmodat2");
  expect(read(event, "evt.arg.filename")).toBe("/srv/bin/x");
  expect(read(event, "evt.rawarg.filename")).toBe("bin/x");
  expect(read(event, "evt.arg.mode")).toContain("S_ISUID");
  expect(read(event, "evt.rawarg.mode")).toBe(0o4755);
  expect(read(event, "fs.path.name")).toBe("/srv/bin/x");
  expect([read(event, "evt.rawres"), read(event, "evt.res"), read(event, "evt.failed")]).toEqual([0, "SUCCESS", false]);
  expect(read(event, "evt.arg.path")).toBeUndefined();
});

test("evt.args of generic events is empty, and the first two parameters keep their numbers", () => {
  const event = called("truncate", -13, null, "/x", null, 0, null);
  expect([read(event, "evt.args"), read(event, "evt.arg[2]")]).toEqual(["", undefined]);
  expect(read(event, "evt.arg[0]")).toBe("truncate");
  expect([read(event, "evt.rawres"), read(event, "evt.res")]).toEqual([-13, "EACCES"]);
  expect(read(event, "fs.path.name")).toBeUndefined(); // the call failed
});

test("a generic event about a descriptor has the fields of its file", () => {
  const event = called("ftruncate", 0, 3, null, null, 1, null);
  const names = ["fd.name", "fd.directory", "fd.filename", "fd.num", "fs.path.name"];
  expect(names.map((name) => read(event, name))).toEqual(["/var/log/x.log", "/var/log", "x.log", 3, "/var/log/x.log"]);
});

test("a call with two paths resolves each against its own directory", () => {
  const event = called("move_mount", 0, -100, "a", "b", -100, 0);
  expect([read(event, "fs.path.source"), read(event, "fs.path.target")]).toEqual(["/srv/a", "/srv/b"]);
});

test.each([[[]], [[0]]])("events without Eyas-specific parameters lack the corresponding fields: %j", (own) => {
  const event = called("ftruncate", ...own);
  const names = ["fd.name", "fd.directory", "fs.path.name", "evt.arg.length", "evt.rawarg.fd"];
  expect(names.map((name) => read(event, name))).toEqual(names.map(() => undefined));
  expect(read(event, "evt.rawres")).toBe(own[0]);
});

import { expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { namesClass } from "./names.ts";

const [nc, sh, env] = ["/usr/bin/nc.openbsd", "/usr/bin/dash", "/usr/bin/env"];

test.each([
  ["a program under its own name", { comm: "nc", exepath: "/usr/bin/nc", filename: "nc", args: ["-l"] }, ["nc"]],
  ["a link", { comm: "x", exepath: nc, filename: "/tmp/x", args: ["-l"] }, ["x", "nc.openbsd"]],
  [
    "a link with arguments of that name",
    { comm: "x", exepath: nc, filename: "./x", args: ["-e", "x"] },
    ["x", "nc.openbsd"],
  ],
  [
    "a long name",
    { comm: "x", exepath: "/usr/bin/a-very-long-name", filename: "/tmp/x", args: [] },
    ["x", "a-very-long-nam"],
  ],
  ["a script", { comm: "report", exepath: sh, filename: "/opt/report", args: ["/opt/report", "-l"] }, ["report"]],
  [
    "a script with an option",
    { comm: "report", exepath: sh, filename: "./report", args: ["-e", "./report"] },
    ["report"],
  ],
  [
    "a script for env",
    { comm: "report", exepath: env, filename: "./report", args: ["python3", "./report"] },
    ["report"],
  ],
  ["a script in an old capture", { comm: "report", exepath: sh, filename: "", args: ["./report.sh"] }, ["report"]],
  ["a process without a file", { comm: "kthreadd", exepath: "", filename: "", args: [] }, ["kthreadd"]],
])("the names of %s", (_what, facts, names) => {
  const stage = new Stage({}, [process(100, 1, { comm: facts.comm })]);
  const event = stage.happen(EventCode.OPENAT_2_X, 100, [3, -100, "/etc/hosts", 2, 0, 0, 0]);
  Object.assign(event.thread ?? {}, facts);
  expect(namesClass.fields[0]?.bind(undefined)(event)).toEqual(names);
});

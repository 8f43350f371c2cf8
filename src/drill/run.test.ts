import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DrillAction } from "./action.ts";
import { DRILL_ACTIONS } from "./actions.ts";
import { mayRunFrom } from "./machine.ts";
import { runDrill } from "./run.ts";
import { type OwnedStage, openStage } from "./stage.ts";

const [model] = DRILL_ACTIONS;
let stage: OwnedStage;

beforeEach(() => {
  stage = openStage();
});

afterEach(() => stage.end());

function action(act: DrillAction["act"], needs: DrillAction["needs"] = []): DrillAction {
  if (model === undefined) throw new Error("there is no action");
  return { ...model, needs, act };
}

async function reportOf(one: DrillAction) {
  for await (const report of runDrill([one], { stage, benign: false })) return report;
  throw new Error("no report");
}

describe("directories from which programs can run", () => {
  const mountinfo = [
    "23 1 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw",
    "25 23 0:5 / /dev rw,nosuid,noexec shared:2 - devtmpfs udev rw",
    "27 25 0:25 / /dev/shm rw,nosuid,nodev shared:3 - tmpfs tmpfs rw",
  ];

  test("not below a noexec mount", () => {
    expect(mayRunFrom("/dev", mountinfo.join("\n"))).toBe(false);
    expect(mayRunFrom("/dev/shm", mountinfo.join("\n"))).toBe(true);
    expect(mayRunFrom("/tmp", mountinfo.join("\n"))).toBe(true);
  });

  test("not below a later noexec mount on the same path", () => {
    const twice = [...mountinfo, "29 25 0:27 / /dev/shm rw,noexec - tmpfs tmpfs rw"];
    expect(mayRunFrom("/dev/shm", twice.join("\n"))).toBe(false);
  });
});

describe("running the drill", () => {
  test("an action fails if its program cannot be started", async () => {
    const report = await reportOf(action(() => stage.run(["/nowhere/program"])));
    expect(report).toMatchObject({ outcome: "failed", reason: expect.stringContaining("cannot start program") });
  });

  test("processes of an action end when the action ends", async () => {
    let pid = 0;
    await reportOf(
      action(async () => {
        pid = stage.start(["sleep", "60"]);
      }),
    );
    await expect.poll(() => existsSync(`/proc/${pid}/stat`)).toBe(false);
  });

  test("a program runs under the name of its link", async () => {
    const ran = await stage.run([stage.alias("nginx", stage.shell), "-c", "cat /proc/$$/comm; :"]);
    expect(ran.output).toBe("nginx\n");
  });

  test("a program started by the drill has no terminal", async () => {
    const ran = await stage.run(["sh", "-c", "exec < /dev/tty"]);
    expect(ran.code).not.toBe(0);
  });

  test("its directories are removed when the stage ends", () => {
    const paths = [stage.folder, stage.file("a", ""), stage.file("/dev/shm/b", "")];
    expect(paths.every((path) => existsSync(path))).toBe(true);
    stage.end();
    expect(paths.some((path) => existsSync(path))).toBe(false);
  });

  test("an unknown raw system call is an error", async () => {
    await expect(stage.call("fly", [])).rejects.toThrow('no call "fly"');
  });
});

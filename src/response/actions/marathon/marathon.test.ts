import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alertWith, requestFor } from "../../../../test/response/alert.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { type App, type Marathon, people, startMarathon } from "../../../../test/stand-in/marathon.ts";
import type { AlertRecord, FieldValue } from "../../../alert/record.ts";
import type { Action } from "../../action.ts";
import { action as kill } from "./kill.ts";
import { action as restart } from "./restart.ts";
import { action as scale } from "./scale.ts";
import { action as suspend } from "./suspend.ts";

let marathon: Marathon;
let app: App;

beforeEach(async () => {
  marathon = await startMarathon();
  app = marathon.add("/shop/web", 3);
});
afterEach(() => marathon.stop());

function alertOf(more: Readonly<Record<string, FieldValue>> = {}): AlertRecord {
  return alertWith({ "marathon.app.id": app.id, "mesos.task.id": app.tasks[1]!, ...more });
}

function run(action: Action, given: Readonly<Record<string, unknown>> = {}, alert = alertOf()) {
  return action.run(requestFor(action, alert, { api: marathon.url, ...people.service, ...given }));
}

describe("against a stand-in that implements the documented API strictly", () => {
  it("kills the alert's task, and a new one starts", async () => {
    const [first, task, third] = app.tasks;
    expect(await run(kill)).toEqual({
      outcome: "done",
      answer: `killed task ${task} of app /shop/web (${new URL(marathon.url).host} responded with status 200)`,
    });
    expect(marathon.done).toEqual([`kill ${task}`]);
    expect(app.tasks).toHaveLength(3);
    expect(app.tasks).toEqual(expect.arrayContaining([first, third]));
    expect(app.instances).toBe(3);
    // The second kill finds no task.
    expect(await run(kill, {}, alertOf({ "mesos.task.id": task! }))).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("does not exist"),
    });
    expect(marathon.done).toHaveLength(1);
  });

  it("kills the task with scale or wipe, but not with both", async () => {
    const [, task] = app.tasks;
    expect(await run(kill, { scale: true })).toMatchObject({
      outcome: "done",
      answer: expect.stringMatching(/^killed .* in deployment [0-9a-f-]{36} /),
    });
    expect(app).toMatchObject({ instances: 2, tasks: expect.not.arrayContaining([task]) });
    expect(await run(kill, { wipe: true })).toMatchObject({ outcome: "done" });
    expect(marathon.done.at(-1)).toMatch(/and wipe$/);
    expect(await run(kill, { wipe: true, scale: true })).toMatchObject({ outcome: "failed" });
    expect(marathon.done).toHaveLength(2);
  });

  it("restarts, scales and suspends the app", async () => {
    expect(await run(restart)).toMatchObject({ outcome: "done" });
    expect(await run(scale, { instances: "7" })).toMatchObject({
      outcome: "done",
      answer: expect.stringContaining("app /shop/web is scaled to 7 instances in deployment "),
    });
    expect(app.instances).toBe(7);
    expect(await run(suspend)).toMatchObject({ outcome: "done" });
    expect(app.instances).toBe(0);
    expect(marathon.done).toEqual(["restart /shop/web", "scale /shop/web to 7", "scale /shop/web to 0"]);
  });

  it("fails for an app locked by another deployment, unless forced", async () => {
    app.locked = true;
    expect(await run(restart)).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^another deployment locks the app, and `force` is not set: .*409.*locked/),
    });
    expect(await run(restart, { force: true })).toMatchObject({ outcome: "done" });
    expect(marathon.done).toEqual(["restart /shop/web"]);
  });

  it("signs in to DC/OS once with key or password, and again when the token is rejected", async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => run(suspend)));
    expect(results.every(({ outcome }) => outcome === "done")).toBe(true);
    expect(marathon.logins).toEqual(["eyas by key"]);
    marathon.revokeTokens();
    const again = await Promise.all(Array.from({ length: 10 }, () => run(suspend)));
    expect(again.every(({ outcome }) => outcome === "done")).toBe(true);
    expect(marathon.logins).toEqual(["eyas by key", "eyas by key"]);
    const user = { api: marathon.url, ...people.user };
    expect(await suspend.run(requestFor(suspend, alertOf(), user))).toMatchObject({ outcome: "done" });
    expect(marathon.logins.at(-1)).toBe("falcon by password");
  });

  it("signs in again before a token expires", async () => {
    marathon.life = 5; // long enough for a request on a busy machine
    await run(suspend);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(await run(suspend)).toMatchObject({ outcome: "done" });
    expect(marathon.asked.filter((line) => line.startsWith("PUT"))).toHaveLength(2);
  });

  it("uses the current token of a file", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "eyas-marathon-")), "token");
    writeFileSync(file, `${marathon.tokenOf("somebody")}\n`);
    const request = () => requestFor(suspend, alertOf(), { api: marathon.url, token_file: file });
    expect(await suspend.run(request())).toMatchObject({ outcome: "done" });
    marathon.revokeTokens();
    const refused = await suspend.run(request());
    expect(refused).toEqual({
      outcome: "failed",
      // The stand-in echoes the token; results must not contain it.
      reason: expect.stringMatching(/^not permitted: .*401: .*Invalid token token=\*\*\*/),
    });
    writeFileSync(file, marathon.tokenOf("somebody"));
    expect(await suspend.run(request())).toMatchObject({ outcome: "done" });
    expect(marathon.logins).toEqual([]);
  });

  it("uses basic authentication for Marathon without DC/OS", async () => {
    marathon.basic = { username: "falcon", password: "sécret" };
    const request = (password: string) =>
      requestFor(suspend, alertOf(), { api: marathon.url, username: "falcon", password });
    expect(await suspend.run(request("sécret"))).toMatchObject({ outcome: "done" });
    expect(await suspend.run(request("wrong one"))).toMatchObject({ outcome: "failed" });
    expect(marathon.done).toHaveLength(1);
  });

  it("reports a rejected login without secrets", async () => {
    const given = { api: marathon.url, uid: "falcon", password: "not the one" };
    const result = await suspend.run(requestFor(suspend, alertOf(), given));
    expect(result).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(/^the login was rejected: .*401.*\*\*\*/),
    });
    expect(JSON.stringify(result)).not.toContain("not the one");
    const bad = { api: marathon.url, uid: "eyas", private_key: "-----BEGIN nothing" };
    expect(await suspend.run(requestFor(suspend, alertOf(), bad))).toEqual({
      outcome: "failed",
      reason: "private_key is not an RSA key in PEM",
    });
    expect(marathon.done).toEqual([]);
  });

  it("treats text of the alert as data", async () => {
    for (const [what, text] of Object.entries(hostile)) {
      for (const field of ["marathon.app.id", "mesos.task.id"]) {
        const alert = alertOf({ [field]: text });
        const target = kill.target(alert, {});
        expect(JSON.stringify(target), what).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect((await run(kill, {}, alert)).outcome, what).not.toBe("done");
      }
      expect(await run(suspend, {}, alertOf({ "marathon.app.id": `/shop/${text}` })), what).toMatchObject({
        outcome: "failed",
      });
    }
    expect(marathon.done).toEqual([]);
    // All requests contain the text as one segment below the app.
    const paths = marathon.asked.filter((line) => !line.startsWith("POST /acs"));
    for (const line of paths) expect(line).toMatch(/^(DELETE|PUT) \/service\/marathon\/v2\/apps\/[\w./-]+$/);
  });

  it("reports the missing field", () => {
    expect(kill.target(alertWith({}), {})).toEqual({
      missing: "the alert has no marathon.app.id",
    });
    expect(kill.target(alertWith({ "marathon.app.id": "/a" }), {})).toEqual({
      missing: "the alert has no mesos.task.id",
    });
    expect(restart.target(alertOf(), {})).toEqual({ target: "app /shop/web" });
  });
});

import { expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { priorities } from "../../rule/rule.ts";
import { claimOf, levelOf } from "./claim.ts";

it.each([
  [{ "container.id": "0123456789ab", "user.uid": 0 }, "container 0123456789ab"],
  [{ "container.id": "host", "k8s.pod.name": "web-1" }, "pod web-1"],
  [{ "cf.instance.guid": "6f1a", "cf.app.id": "app" }, "instance 6f1a"],
  [{ "mesos.task.id": "web.1", "marathon.app.id": "/web" }, "task web.1"],
  [{ "marathon.app.id": "/web" }, "app /web"],
  // A user who changes the user ID of a process stays in the workload of the login.
  [{ "container.id": "host", "user.uid": 0, "user.loginuid": 1000 }, "user 1000"],
  [{ "container.id": "host", "user.uid": 33, "user.loginuid": -1 }, "user 33"],
  [{ "user.uid": 0, "user.loginuid": 4_294_967_295 }, "user 0"],
  [{ "ka.user.name": "mallory" }, "requester mallory"],
  [{}, "source syscall"],
])("an alert with %j belongs to the workload %s", (fields, workload) => {
  expect(claimOf(alertWith(fields)).workload).toBe(workload);
});

it("a received alert belongs to a workload of its host", () => {
  expect(claimOf(alertWith({ "user.uid": 0 }, { received: true })).workload).toBe("host cell-7, user 0");
});

it("a subject is a rule with executable, parent executable and user in a workload", () => {
  const base = { "user.uid": 1, "proc.exepath": "/bin/cat", "proc.pexepath": "/bin/sh" };
  const subjects = [
    alertWith(base),
    alertWith({ ...base, "proc.pid": 7, "proc.cmdline": "cat x" }),
    alertWith({ ...base, "proc.exepath": "/bin/dd" }),
    alertWith({ ...base, "proc.pexepath": "/bin/nginx" }),
    alertWith({ ...base, "user.uid": 2 }),
    alertWith(base, { rule: "Another" }),
  ].map((alert) => claimOf(alert).subject);
  expect(new Set(subjects).size).toBe(5);
  expect(subjects[0]).toBe(subjects[1]);
});

it("priorities have three levels", () => {
  expect(priorities.map(levelOf)).toEqual([2, 2, 2, 1, 1, 0, 0, 0]);
  expect(levelOf("made up")).toBe(0);
});

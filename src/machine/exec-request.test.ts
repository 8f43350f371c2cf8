import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { isObject, type JsonObject } from "../event/document.ts";
import { parseJson } from "../event/json-text.ts";
import { execRequestsOf } from "./exec-request.ts";

const log = gunzipSync(readFileSync(join(import.meta.dirname, "../../test/k8s-audit/audit-log.jsonl.gz")));
const recorded: readonly JsonObject[] = log
  .toString("latin1")
  .trimEnd()
  .split("\n")
  .map((line) => parseJson(Buffer.from(line, "latin1")))
  .filter(isObject);

test("the exec requests in the audit log of a real API server: allowed requests, with their commands", () => {
  const execRequests = recorded
    .flatMap(execRequestsOf)
    .filter(({ over, requester }) => !over || requester.kind === "debug");
  expect(
    execRequests.map(({ requester, pod, container, command }) => [
      requester.user,
      requester.kind,
      pod,
      container,
      command,
    ]),
  ).toEqual([
    ["admin", "exec", "box", "c", ["sh", "-c", "id; cat /etc/shadow"]],
    ["admin", "exec", "box", "c", ["ls", "/srv dir", "a&b=c", "<x>"]],
    ["alice", "exec", "box", "c", ["env"]],
    ["admin", "exec", "box", "c", ["test", "-d", "/data/hi.txt"]],
    ["admin", "debug", "box", "dbg", undefined],
  ]);
  const [first] = execRequests;
  expect(first?.requester.groups).toEqual(["system:masters", "system:authenticated"]);
  expect(first?.namespace).toBe("shop");
  expect(new Date(first?.at ?? 0).toISOString()).toBe("2026-11-25T00:05:57.431Z");
});

/** The exec requests of an audit event as kind, namespace, pod, container and command. */
function execRequestsIn(event: JsonObject): readonly unknown[] {
  const common = {
    ...{ auditID: "1", stage: "ResponseComplete", requestReceivedTimestamp: "2026-11-25T00:05:57.431330Z" },
    ...{ user: { username: "mallory" }, verb: "patch" },
  };
  return execRequestsOf({ ...common, ...event }).map(({ requester: { kind }, namespace, pod, container, command }) =>
    [kind, namespace, pod, container, ...(command ?? [])].join(" "),
  );
}

test.for([
  ["exec/shop/web-1/main?command=sh&command=-i", "exec shop web-1 main sh -i"],
  ["exec/shop/web-1/0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11/main?command=sh", "exec shop web-1 main sh"],
  ["run/shop/web-1/main?cmd=cat%20/etc/shadow", "exec shop web-1 main cat /etc/shadow"],
  ["//run//shop/web%2D1/main/?cmd=id", "exec shop web-1 main id"],
  ["attach/shop/web-1/main?stdin=true", "attach shop web-1 main"],
  ["%65xec/shop/web-1/main?command=sh", "exec shop web-1 main sh"],
  ["metrics?x=/api/v1/nodes/n1/proxy/exec/shop/web-1/main&command=sh", undefined],
  ["pods", undefined],
] as const)("a request to the kubelet through the API server: %s", ([path, expected]) => {
  const objectRef = { resource: "nodes", name: "n1", subresource: "proxy" };
  const found = execRequestsIn({ objectRef, requestURI: `/api/v1/nodes/n1/proxy/${path}` });
  expect(found).toEqual(expected === undefined ? [] : [expected]);
});

test.for([
  ["escaped names", "c%6Fmmand=s%68&%63ommand=-c&command=id", "sh -c id"],
  ["invalid escapes", "command=%zz&command=sh&x=%zz", "sh"],
  ["semicolons", "command=a;b&command=sh", "sh"],
  ["no fragments", "x=#&command=sh&command=a%23b", "sh a#b"],
  ["other parameters", `${"x&".repeat(10_000)}x=${"y".repeat(10_000)}&command=sh`, "sh"],
  ["many arguments", `command=sh${"&command=a".repeat(300)}`, `sh${" a".repeat(300)}`],
] as const)("the command in a query is the same as in the API server: %s", ([, query, command]) => {
  const objectRef = { resource: "pods", subresource: "exec", namespace: "shop", name: "web-1" };
  expect(execRequestsIn({ objectRef, requestURI: `/api/v1/namespaces/shop/pods/web-1/exec?${query}` })).toEqual([
    `exec shop web-1  ${command}`,
  ]);
});

test("ephemeral containers of a JSON patch, and of events without bodies", () => {
  const objectRef = { resource: "pods", subresource: "ephemeralcontainers", namespace: "shop", name: "web-1" };
  const patch = [{ op: "add", path: "/spec/ephemeralContainers/-", value: { name: "dbg" } }];
  const list = [{ op: "add", path: "/spec/ephemeralContainers", value: [{ name: "a" }, { name: "b" }] }];
  const loose = [{ op: "add", path: "x/spec/ephemeralContainers/-", value: { name: "dbg" } }];
  const whole = [{ op: "replace", path: "/spec", value: {} }];
  const responseObject = { spec: { ephemeralContainers: [{ name: "old" }, { name: "dbg" }] } };
  expect(execRequestsIn({ objectRef, requestObject: patch, responseObject })).toEqual(["debug shop web-1 dbg"]);
  expect(execRequestsIn({ objectRef, requestObject: loose })).toEqual(["debug shop web-1 dbg"]);
  expect(execRequestsIn({ objectRef, requestObject: list })).toEqual(["debug shop web-1 a", "debug shop web-1 b"]);
  expect(execRequestsIn({ objectRef, requestObject: whole, responseObject })).toEqual([
    ...["debug shop web-1 old", "debug shop web-1 dbg"],
  ]);
  expect(execRequestsIn({ objectRef })).toEqual(["debug shop web-1 "]);
  expect(execRequestsIn({ objectRef, requestObject: patch, requestURI: "/x?dryRun=All" })).toEqual([]);
});

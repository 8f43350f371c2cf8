import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { isObject, type JsonObject } from "../event/document.ts";
import { parseJson } from "../event/json-text.ts";
import { visitsOf } from "./visit.ts";

const log = gunzipSync(readFileSync(join(import.meta.dirname, "../../test/k8s-audit/audit-log.jsonl.gz")));
const recorded: readonly JsonObject[] = log
  .toString("latin1")
  .trimEnd()
  .split("\n")
  .map((line) => parseJson(Buffer.from(line, "latin1")))
  .filter(isObject);

test("the visits in the audit log of a real API server: allowed requests, with their commands", () => {
  const visits = recorded.flatMap(visitsOf).filter(({ over, visitor }) => !over || visitor.kind === "debug");
  expect(
    visits.map(({ visitor, pod, container, command }) => [visitor.user, visitor.kind, pod, container, command]),
  ).toEqual([
    ["admin", "exec", "box", "c", ["sh", "-c", "id; cat /etc/shadow"]],
    ["admin", "exec", "box", "c", ["ls", "/srv dir", "a&b=c", "<x>"]],
    ["alice", "exec", "box", "c", ["env"]],
    ["admin", "exec", "box", "c", ["test", "-d", "/data/hi.txt"]],
    ["admin", "debug", "box", "dbg", undefined],
  ]);
  const [first] = visits;
  expect(first?.visitor.groups).toEqual(["system:masters", "system:authenticated"]);
  expect(first?.namespace).toBe("shop");
  expect(new Date(first?.at ?? 0).toISOString()).toBe("2026-11-25T00:05:57.431Z");
});

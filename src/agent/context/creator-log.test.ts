import { appendFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Creators } from "../../machine/creators.ts";
import { openCreatorLog } from "./creator-log.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "eyas-creators-"));

function pod(uid: string, username: string, namespace = "shop") {
  return {
    ...{ kind: "Event", stage: "ResponseComplete", verb: "create", requestURI: "/x", user: { username } },
    ...{ objectRef: { resource: "pods", namespace, name: uid }, responseStatus: { code: 201 } },
    ...{ requestReceivedTimestamp: "2026-11-27T12:00:00Z", responseObject: { metadata: { uid } } },
  };
}

const userOf = (creators: Creators, uid: string) =>
  creators.of({ uid, namespace: "shop", name: uid, created: undefined });

function opened(file: string, most?: number) {
  const creators = new Creators(64);
  return { creators, log: openCreatorLog(file, creators, most) };
}

test("the creators of pods are known after a restart, also after SIGKILL", async () => {
  const file = join(folder(), "state", "creators.jsonl");
  const first = opened(file);
  first.creators.audit(pod("a", "al\u00efce"));
  await new Promise((resolve) => setImmediate(resolve)); // the log is not closed
  const second = opened(file);
  second.creators.audit(pod("b", "bob"));
  second.log.close();
  appendFileSync(file, '["pods","shop","c","c","mal');
  const { creators, log } = opened(file);
  log.close();
  expect(["a", "b", "c"].map((uid) => userOf(creators, uid))).toEqual(["al\u00efce", "bob", undefined]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("the file is bounded, and a flood of pods in one namespace does not displace the pods of another", () => {
  const file = join(folder(), "creators.jsonl");
  const { creators, log } = opened(file, 100);
  creators.audit(pod("a", "alice"));
  for (let i = 0; i < 500; i++) creators.audit(pod(`m${i}`, "mallory", "dev"));
  log.close();
  expect(readFileSync(file, "latin1").split("\n").length).toBeLessThanOrEqual(102);
  const next = opened(file);
  next.log.close();
  expect([userOf(next.creators, "a"), userOf(next.creators, "m499")]).toEqual(["alice", "mallory"]);
});

test("damaged lines and a directory that is not writable are not errors", () => {
  const file = join(folder(), "creators.jsonl");
  writeFileSync(file, '{}\n[]\n["pods","shop","a","a",7,1,1]\n["secrets","shop","s","s","eve",1,1]\nx\n');
  const { creators, log } = opened(file);
  expect([...creators.records()]).toEqual([]);
  log.close();
  const other = opened(join(file, "below", "creators.jsonl"));
  other.creators.audit(pod("a", "alice"));
  expect(userOf(other.creators, "a")).toBe("alice");
  other.log.close();
});

import { describe, expect, test } from "vitest";
import { proposeException } from "./propose-exception.ts";
import type { FieldValue, StoredAlert } from "./store/store.ts";

function alertWith(fields: Readonly<Record<string, FieldValue>>): StoredAlert {
  return {
    id: "1",
    time: "2026-01-01T00:00:00Z",
    rule: "A rule",
    priority: "Warning",
    source: "syscall",
    hostname: "h",
    tags: [],
    output: "",
    fields,
    state: "open",
    assignee: "",
    comments: 0,
    responses: 0,
  };
}

function proposed(fields: Readonly<Record<string, FieldValue>>): readonly string[] {
  return proposeException(alertWith(fields), undefined, undefined).fields;
}

describe("an exception compares the actor, the object and the location", () => {
  test("for a system call: the program, the file, the image and the namespace", () => {
    expect(
      proposed({
        "proc.name": "sh",
        "proc.exepath": "/bin/sh",
        "fd.name": "/etc/shadow",
        "fd.sip": "10.0.0.1",
        "cf.app.name": "shop",
        "container.image.repository": "web",
        "k8s.ns.name": "prod",
      }),
    ).toEqual(["proc.exepath", "fd.name", "container.image.repository", "k8s.ns.name"]);
  });

  test("for an API server request: the user, the object and its namespace", () => {
    expect(proposed({ "ka.user.name": "jane", "ka.target.name": "web", "ka.target.namespace": "prod" })).toEqual([
      ...["ka.user.name", "ka.target.name", "ka.target.namespace"],
    ]);
  });

  test("for an IDS alert: the signature ID", () => {
    expect(proposed({ "ids.id": 2_001_219, "ids.signature": "A scan", "net.src.ip": "10.0.0.1" })).toEqual(["ids.id"]);
  });
});

test("process IDs in paths are replaced by patterns, and connections are not proposed", () => {
  const { yaml, condition } = proposeException(
    alertWith({ "proc.name": "cat", "fd.name": "/proc/9883/environ" }),
    undefined,
    undefined,
  );
  expect(yaml).toContain('comps: ["=", glob]');
  expect(yaml).toContain(String.raw`- [cat, "\"/proc/[0-9]*/environ\""]`);
  expect(condition).toMatchObject({ parts: [{}, {}, { operator: "glob", values: ["/proc/[0-9]*/environ"] }] });
  expect(proposed({ "proc.name": "nc", "fd.name": "10.0.0.1:41532->10.0.0.2:443", "fd.sip": "10.0.0.2" })).toEqual([
    ...["proc.name", "fd.sip"],
  ]);
});

test("fields that change with each alert cannot be selected", () => {
  const { choices } = proposeException(
    alertWith({
      "evt.time": 1,
      "evt.arg.flags": "O_RDONLY",
      "proc.pid": 7,
      "proc.apid[2]": 6,
      "proc.pvpid": 1,
      "proc.sid.exe": "/bin/bash",
      "proc.name": "sh",
      "thread.tid": 7,
      "container.id": "0123456789ab",
      "container.full_id": "0123456789abcdef",
      "k8s.pod.name": "web-1",
      "k8smeta.pod.name": "web-1",
      "net.community_id": "1:x",
      uuid: "1",
      "my.own": "x",
    }),
    undefined,
    undefined,
  );
  expect(choices).toEqual(["proc.sid.exe", "proc.name", "my.own"]);
});

test("fields whose values a rule cannot compare cannot be selected", () => {
  const { choices } = proposeException(
    alertWith({
      "proc.name": "sh",
      "proc.cmdline": "é".repeat(128),
      "proc.exepath": "C:\\dir\\",
      "fd.name": "é".repeat(127),
    }),
    undefined,
    undefined,
  );
  expect(choices).toEqual(["proc.name", "fd.name"]);
});

test("more general exceptions are offered, which compare fewer fields", () => {
  const fields = { "proc.name": "cat", "fd.name": "/proc/812/environ", "k8s.ns.name": "shop", "evt.type": "openat" };
  const of = (chosen: readonly string[] | undefined) => proposeException(alertWith(fields), undefined, chosen);
  const { alternatives, query } = of(undefined);
  expect(alternatives.map((one) => one.fields)).toEqual([
    ["proc.name", "fd.name", "k8s.ns.name"],
    ["proc.name", "fd.name"],
    ["proc.name"],
  ]);
  expect(alternatives[0]?.query).toBe(query);
  expect(alternatives[1]?.query).toMatch(/proc\.name = "?cat"? and fd\.name glob "\/proc\/\[0-9\]\*\/environ"$/);
  expect(of(["evt.type"]).alternatives).toEqual(alternatives);
});

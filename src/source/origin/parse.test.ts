import { expect, test } from "vitest";
import { parseOrigin } from "./parse.ts";

test.each([
  ["http://:9765/k8s-audit", { kind: "http", tls: false, host: "127.0.0.1", port: 9765, path: "/k8s-audit" }],
  ["https://[::]:443/a/b", { kind: "http", tls: true, host: "::", port: 443, path: "/a/b" }],
  ["file:///var/log/a b.json", { kind: "file", path: "/var/log/a b.json" }],
  ["logs/*.json", { kind: "file", path: "logs/*.json" }],
  ["unix:/run/eve.sock", { kind: "unix", datagrams: false, path: "/run/eve.sock" }],
  ["unix-dgram:/run/eve.sock", { kind: "unix", datagrams: true, path: "/run/eve.sock" }],
  ["syslog+tls://0.0.0.0", { kind: "syslog", over: "tls", host: "0.0.0.0", port: 6514 }],
  ["syslog+unix:///run/log", { kind: "syslog", over: "unix", path: "/run/log" }],
  ["nats://[::1]:4222/events.>", { kind: "nats", server: "[::1]:4222", subject: "events.>" }],
  ["kafka://a,b:9093/audit", { kind: "kafka", brokers: ["a:9092", "b:9093"], topic: "audit" }],
])("parses %s", (text, origin) => {
  expect(parseOrigin(text)).toEqual({ text, ...origin });
});

test.each([
  "",
  "http://user:secret@127.0.0.1:1/x",
  "http://127.0.0.1:99999/",
  "syslog+udp://x/y",
  "unix:relative",
  "nats://a",
])("rejects %j", (text) => {
  expect(parseOrigin(text)).toHaveProperty("wrong");
});

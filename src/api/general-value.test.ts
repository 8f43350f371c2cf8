import { describe, expect, test } from "vitest";
import { globTest } from "../event/glob.ts";
import { generalValue, isConnection } from "./general-value.ts";

describe("parts of paths that differ between runs are replaced by patterns", () => {
  test.each([
    ["/proc/9883/environ", "/proc/[0-9]*/environ"],
    ["/proc/9883/task/9884/mem", "/proc/[0-9]*/task/[0-9a-f]*/mem"],
    ["/proc/1/fd/17", "/proc/[0-9]*/fd/[0-9a-f]*"],
    ["/dev/pts/3", "/dev/pts/[0-9]*"],
    ["/tmp/tmp.X9dK2aQQ7z", "/tmp/tmp.*"],
    ["/tmp/npm-18423/package.json", "/tmp/npm-*/package.json"],
    ["/var/tmp/build_a8f3k2m1.sh", "/var/tmp/build_*.sh"],
    [
      "/var/lib/kubelet/pods/0f2b7a3e-5c1d-4e8f-9a6b-112233445566/volumes/token",
      "/var/lib/kubelet/pods/[0-9a-f]*/volumes/token",
    ],
    [
      "/run/containerd/io.containerd.runtime.v2.task/k8s.io/3f9c2b1a7d6e5f40/rootfs",
      "/run/containerd/io.containerd.runtime.v2.task/k8s.io/[0-9a-f]*/rootfs",
    ],
  ])("%s", (value, pattern) => {
    expect(generalValue(value)).toEqual({ operator: "glob", value: pattern });
    expect(globTest(pattern, false)(value)).toBe(true);
  });
});

describe("other values are compared exactly", () => {
  test.each([
    "/etc/shadow",
    "/proc/self/environ",
    "/proc/sys/kernel/core_pattern",
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
    "/usr/bin/python3.13",
    "/opt/app-2026/server",
    "/tmp/install.sh",
    "/tmp/cleanup-old.sh",
    "/tmp/[1234567]",
    "sh",
    "10.0.0.1",
    "",
  ])("%s", (value) => {
    expect(generalValue(value)).toEqual({ operator: "=", value });
  });
});

test("connections and sockets are recognized", () => {
  expect(["10.0.0.1:41532->10.0.0.2:443", "0.0.0.0:8080", ":::8080", "[::1]:46611"].map(isConnection)).toEqual([
    ...[true, true, true, true],
  ]);
  expect(["/etc/shadow", "nginx:1.27", "10.0.0.1", "a.example:443"].map(isConnection)).toEqual([
    ...[false, false, false, false],
  ]);
});

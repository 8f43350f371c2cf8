import { describe, expect, test } from "vitest";
import { Program } from "../machine/program.ts";
import { Thread } from "../machine/thread.ts";
import { isSystemProgram, systemName } from "./system-program.ts";

function thread(values: Partial<Thread>): Thread {
  return Object.assign(new Thread(1), { comm: "comm", uid: 1000 }, values);
}

function withFacts(path: string, facts: Partial<Program["facts"]>): Thread {
  const program = new Program(path, 1n, 1n);
  program.facts = { ...program.facts, ...facts };
  return thread({ exepath: path, program });
}

/** A script of Python that root runs. */
function python(values: Partial<Thread>): Partial<Thread> {
  return { uid: 0, exepath: "/usr/bin/python3.11", filename: "/usr/bin/dnf", args: ["/usr/bin/dnf"], ...values };
}

describe("a program belongs to the system", () => {
  test.each([
    ["/usr/bin/su", true],
    ["/usr/lib/systemd/systemd", true],
    ["/usr/local/bin/sshd", false],
    ["/opt/hs/su", false],
    ["/usr/bin/../../tmp/su", false],
    ["/home/a/usr/bin/su", false],
    ["memfd:su", false],
    ["", false],
  ])("by its directory, if nothing else is known: %s", (exepath, expected) => {
    expect(isSystemProgram(thread({ exepath }))).toBe(expected);
  });

  test("by its package, which takes precedence over its directory", () => {
    expect(isSystemProgram(withFacts("/opt/vendor/agent", { isFromPackage: true }))).toBe(true);
    expect(isSystemProgram(withFacts("/usr/bin/su", { isFromPackage: false }))).toBe(false);
    expect(isSystemProgram(withFacts("/usr/bin/su", { isRootOnly: true }))).toBe(true);
    expect(isSystemProgram(withFacts("/usr/bin/su", { isRootOnly: false }))).toBe(false);
  });

  test("not if it was added to a container, or if its user can write to it", () => {
    expect(isSystemProgram(thread({ exepath: "/usr/bin/su", exeUpperLayer: true }))).toBe(false);
    expect(isSystemProgram(thread({ exepath: "/usr/bin/su", exeWritableByUser: true }))).toBe(false);
  });

  test("even if it was started as root, who can write to every file, and then changed its user", () => {
    expect(isSystemProgram(thread({ exepath: "/usr/sbin/nginx", exeWritable: true, uid: 33 }))).toBe(true);
  });
});

describe("the name of a program of the system", () => {
  test.each([
    [
      "of an executable, whatever the process calls itself",
      { exepath: "/usr/bin/perl", filename: "/tmp/sshd" },
      "perl",
    ],
    ["of a link in a system directory", { exepath: "/usr/bin/mawk", filename: "/usr/bin/awk" }, "awk"],
    ["not of another link", { exepath: "/usr/bin/cat", filename: "/usr/lib/su", args: ["/usr/lib/su"] }, "cat"],
    ["of a program of busybox", { exepath: "/bin/busybox", filename: "/bin/passwd", exe: "passwd" }, "passwd"],
    [
      "of busybox if argv[0] selects another program",
      { exepath: "/bin/busybox", filename: "/lib/su", exe: "cat" },
      "busybox",
    ],
    [
      "of a script",
      { exepath: "/usr/bin/perl", filename: "/usr/sbin/adduser", args: ["/usr/sbin/adduser", "a"] },
      "adduser",
    ],
    [
      "of a script with an option",
      { exepath: "/usr/bin/perl", filename: "/usr/sbin/adduser", args: ["-w", "/usr/sbin/adduser"] },
      "adduser",
    ],
    [
      "not of a script after code",
      { exepath: "/usr/bin/perl", filename: "/usr/lib/su", args: ["-ex", "/usr/lib/su"] },
      "perl",
    ],
    [
      "not of a script with an environment that runs other code",
      { exepath: "/usr/bin/bash", args: ["/usr/bin/su"], env: ["BASH_ENV=/x"] },
      "bash",
    ],
    [
      "of a script with the variables of another interpreter",
      {
        exepath: "/usr/bin/dash",
        args: ["/usr/sbin/debootstrap"],
        env: ["NODE_OPTIONS=x", "ENV=production", "BASH_ENV="],
      },
      "debootstrap",
    ],
    [
      "of a script of Python",
      {
        exepath: "/usr/bin/python3.11",
        filename: "/usr/bin/unattended-upgrade",
        args: ["/usr/bin/unattended-upgrade"],
        env: ["ZDOTDIR=/root/.zsh"],
      },
      "unattended-upgr",
    ],
    [
      "not of a script of Python that loads modules from another home directory",
      python({ env: ["HOME=/tmp/h"] }),
      "python3.11",
    ],
    ["of a script of Python with the home directory of root", python({ env: ["HOME=/root"] }), "dnf"],
    ["of a script of Python with the home directory /", python({ env: ["HOME=/"] }), "dnf"],
    ["of a script of Python without a home directory", python({ env: ["HOME="] }), "dnf"],
    [
      "of a script of Python that ignores the home directory",
      python({ args: ["-sE", "/usr/bin/dnf"], env: ["HOME=/tmp/h"] }),
      "dnf",
    ],
    ["of a script of Python of another user", python({ uid: 1000, env: ["HOME=/home/a"] }), "dnf"],
    ["of a script of Python in a container", python({ containerId: "a1b2", env: ["HOME=/app"] }), "dnf"],
    ["of a script as argument", { exepath: "/usr/bin/python3.11", args: ["/usr/bin/dnf", "x"] }, "dnf"],
    ["not of a script elsewhere", { exepath: "/usr/bin/python3", args: ["/tmp/dnf"], filename: "/tmp/dnf" }, "python3"],
    [
      "not of a script on a way through other directories",
      { exepath: "/bin/sh", filename: "/usr/bin/../../tmp/su" },
      "sh",
    ],
    ["as long as names in the kernel", { exepath: "/usr/bin/unattended-upgrade" }, "unattended-upgr"],
    ["none elsewhere", { exepath: "/usr/local/bin/sshd" }, undefined],
    ["of the process, without a path", { exepath: "" }, "comm"],
  ] as const)("%s", (_, values, expected) => {
    expect(systemName(thread(values as Partial<Thread>))).toBe(expected);
  });
});

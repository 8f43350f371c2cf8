import { expect, it, test } from "vitest";
import { rule, runOneCase } from "../test/run-tests.fixture.ts";
import { writableEvents } from "./event-type.ts";

/** Returns the values of fields for the events of a case that match a condition. */
async function says(condition: string, events: string, fields: Readonly<Record<string, string | null>>): Promise<void> {
  const checks = Object.entries(fields).map(
    ([name, value]) => `    ${name}: ${value === null ? "~" : JSON.stringify(value)}`,
  );
  const body = `events:\n${events.replace(/^/gm, "  ")}\nfires:\n  R:\n${checks.join("\n")}`;
  const { problems } = await runOneCase(rule("R", condition), body);
  expect(problems.map(({ message, differences }) => [message, differences])).toEqual([]);
}

async function complains(events: string, message: string): Promise<void> {
  const { problems } = await runOneCase(
    rule("R", "evt.type = open"),
    `events:\n${events.replace(/^/gm, "  ")}\nsilent: all`,
  );
  expect(problems.map((problem) => problem.message)).toEqual([message]);
}

test("an execve of a new process runs in a child of its parent", () =>
  says(
    "evt.type = execve",
    "- execve: {exe: /bin/sh, args: [-c, 'id -u'], parent: nginx -g x, user: www-data, tty: 34816}",
    {
      "proc.name": "sh",
      "proc.exe": "/bin/sh",
      "proc.exepath": "/bin/sh",
      "proc.cmdline": "sh -c id -u",
      "proc.args[1]": "id -u",
      "proc.pname": "nginx",
      "proc.pexepath": "/usr/bin/nginx",
      "proc.pcmdline": "nginx -g x",
      "proc.aname": "nginx parent init",
      "user.name": "www-data",
      "user.uid": "33",
      "user.shell": "/usr/sbin/nologin",
      "proc.tty": "34816",
      "container.id": "host",
      "evt.arg.filename": "/bin/sh",
      "evt.res": "SUCCESS",
    },
  ));

test("processes of a container and their parents have the ID of the container", () =>
  says("evt.type = execve", "- execve: {command: sh -c id, parent: nginx, container: abcdef012345}", {
    "container.id": "abcdef012345",
    "proc.cmdline": "sh -c id",
    "thread.cgroup.memory":
      "/system.slice/docker-abcdef0123450000000000000000000000000000000000000000000000000000.scope",
  }));

const web = '{"container": {"id": "abcdef012345", "name": "web", "privileged": true}}';

test("the start of a container is an event with the container's metadata, which later events also have", async () => {
  const start = `- container: {json: '${web}'}`;
  await says("evt.type = container and container.privileged = true", start, {
    "container.name": "web",
    "evt.asynctype": "container",
    "proc.name": null,
  });
  const shell = "- execve: {command: sh -c id, parent: {exe: nginx, container: abcdef012345}}";
  await says("evt.type = execve", `${start}\n${shell}`, { "container.name": "web", "proc.name": "sh" });
});

test("a parent can be outside the container", () =>
  says(
    "evt.type = execve and proc.sname != x",
    "- execve: {exe: sh, container: true, vpid: 1, parent: {exe: containerd-shim, container: false}}",
    { "proc.vpid": "1", "proc.pname": "containerd-shim", "container.id": "3ad7b26ded6d" },
  ));

test("ancestors form a chain", () =>
  says("evt.type = execve", "- execve: {exe: bash, ancestors: [su, bash, sshd, {exe: /lib/systemd, name: systemd}]}", {
    "proc.aname": "su bash sshd systemd init",
    "proc.sname": "systemd",
  }));

test("a process can have no parent", () =>
  says("evt.type = execve and not proc.pname exists", "- execve: {exe: sh, parent: none}", { "proc.pname": null }));

test("a failed exec does not change the program", () =>
  says("evt.type = execve", "- execve: {exe: /bin/nope, parent: bash, result: ENOENT}", {
    "proc.name": "bash",
    "evt.res": "ENOENT",
    "evt.rawres": "-2",
    "evt.arg.filename": "/bin/nope",
  }));

test("an exec of an existing process does not create a process", () =>
  says(
    "evt.type = execve and proc.stdin.type = ipv4",
    "- connect: {to: '203.0.113.7:4444', by: {command: python3 -c x, user: alice, cwd: /srv}}\n- dup2: {newfd: 0}\n- execve: sh -i",
    {
      "proc.name": "sh",
      "proc.pname": "parent",
      "proc.stdin.name": "10.0.0.10:40000->203.0.113.7:4444",
      "user.name": "alice",
      "user.uid": "1000",
      "proc.cwd": "/srv/",
    },
  ));

test("an event contains the properties of the executable", () =>
  says(
    "evt.type = execve",
    "- execve: {exe: 'memfd:x', upper_layer: true, exe_writable: true, started: 10s, caps: [SYS_ADMIN], container: {started: 1h}, env: {A: b}}",
    {
      "proc.is_exe_from_memfd": "true",
      "proc.is_exe_upper_layer": "true",
      "proc.is_exe_writable": "true",
      "proc.exepath": "memfd:x",
      "proc.duration": "10000000000",
      "thread.cap_effective": "CAP_SYS_ADMIN",
      "proc.env[A]": "b",
    },
  ));

test("root has all capabilities outside containers and some in containers; other users have none", async () => {
  await says("evt.type = openat and thread.cap_effective contains CAP_BPF", "- openat: /x", {});
  await says(
    "evt.type = openat and not thread.cap_effective contains CAP_SYS_ADMIN",
    "- {openat: /x, by: {container: true}}",
    {
      "thread.cap_effective":
        "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_CHROOT CAP_MKNOD CAP_AUDIT_WRITE CAP_SETFCAP",
    },
  );
  await says("evt.type = openat", "- {openat: /x, by: {user: alice}}", { "thread.cap_effective": "" });
});

test("a file can be opened with a path, flags and a directory", async () => {
  await says("evt.type = openat", "- openat: {path: /etc/shadow, flags: [O_WRONLY, O_TRUNC], by: vi}", {
    "fd.name": "/etc/shadow",
    "fd.num": "3",
    "fd.typechar": "f",
    "evt.is_open_write": "true",
    "evt.arg.flags": "O_TRUNC|O_WRONLY",
    "proc.name": "vi",
  });
  await says("evt.type = openat", "- openat: {name: shadow, dirfd: /etc}", {
    "fd.name": "/etc/shadow",
    "evt.is_open_read": "true",
  });
  await says("evt.type = openat", "- openat: {path: x/../../y, by: {cwd: /srv/www}}", {
    "fd.name": "/srv/y",
    "fd.nameraw": "x/../../y",
  });
  await says("evt.type = openat", "- openat: {path: /etc/shadow, result: EACCES}", {
    "fd.num": "-1",
    "evt.res": "EACCES",
  });
  await says("evt.type = open", "- open: {path: /tmp/x, flags: O_RDWR|O_CREAT|O_F_CREATED, mode: 0o644}", {
    "evt.is_open_create": "true",
  });
});

test("a descriptor can be specified by its description; the default is the last opened descriptor", async () => {
  await says("evt.type = read", "- read: {fd: /etc/passwd, data: root, size: 4}", {
    "fd.name": "/etc/passwd",
    "evt.rawres": "4",
    "evt.buffer": "root",
  });
  await says("evt.type = write", "- openat: /tmp/log\n- write: {data: hello}", {
    "fd.name": "/tmp/log",
    "evt.buflen": "5",
  });
  await says("evt.type = write", "- write: {fd: 7, by: {fds: {7: {tcp: '10.1.1.1:5000 -> 1.2.3.4:80'}}}}", {
    "fd.name": "10.1.1.1:5000->1.2.3.4:80",
    "fd.l4proto": "tcp",
  });
  await says("evt.type = dup2", "- dup2: {oldfd: {unix: /run/x.sock}, newfd: 1}", {
    "fd.num": "1",
    "evt.rawres": "1",
    "fd.type": "unix",
  });
});

test("connections have both endpoints", async () => {
  await says("evt.type = connect", "- connect: {to: '1.2.3.4:443', by: curl}", {
    "fd.name": "10.0.0.10:40000->1.2.3.4:443",
    "fd.sip": "1.2.3.4",
    "fd.sport": "443",
    "fd.l4proto": "tcp",
    "fd.type": "ipv4",
    "proc.name": "curl",
  });
  await says("evt.type = connect", "- connect: {to: '[2001:db8::1]:53', proto: udp}", {
    "fd.sip": "2001:db8::1",
    "fd.l4proto": "udp",
  });
  await says("evt.type = connect", "- connect: /run/docker.sock", {
    "fd.type": "unix",
    "fd.name": "ffff888100001000->ffff888100002000 /run/docker.sock",
  });
  await says("evt.type = connect", "- connect: {to: '1.2.3.4:443', result: ECONNREFUSED}", {
    "evt.res": "ECONNREFUSED",
  });
  await says("evt.type = connect and fd.sip = 5.6.7.8", "- connect: 1.2.3.4:1\n- connect: 5.6.7.8:2", {
    "fd.num": "4",
  });
  await says("evt.type = sendto", "- sendto: {to: '8.8.8.8:53', data: q}", {
    "fd.sip": "8.8.8.8",
    "fd.l4proto": "udp",
  });
  const question = "- sendto: {to: '8.8.8.8:53', data: {name: a.example}}";
  const answer = "- recvfrom: {from: '8.8.8.8:53', data: {name: a.example, answers: [b.example, 192.0.2.1]}}";
  await says("dns.type = query", question, { "dns.name": "a.example", "dns.type": "query", "dns.rrtype": "A" });
  await says("dns.type = answer", `${question}\n${answer}`, { "dns.answers": "(b.example,192.0.2.1)" });
  await says("fd.sip.is_resolved = true", `${question}\n${answer}\n- connect: 192.0.2.1:443`, {
    "fd.sip.name": "a.example",
    "fd.sip.is_resolved": "true",
  });
  await says("evt.type = accept4", "- accept4: {from: '9.9.9.9:999', at: '10.0.0.1:80'}", {
    "fd.name": "9.9.9.9:999->10.0.0.1:80",
    "fd.cip": "9.9.9.9",
    "fd.sport": "80",
  });
  await says("evt.type = bind", "- bind: 0.0.0.0:80", { "fd.sport": "80", "fd.is_server": "true" });
});

test("rules are not evaluated on the generated socket of a connection", async () => {
  const { fired } = await runOneCase(rule("R", "evt.type = socket"), "events: [connect: '1.2.3.4:443']\nsilent: all");
  expect(fired).toEqual([]);
});

test("any event can be specified with its parameters by name", async () => {
  await says("evt.type = ptrace", "- ptrace: {request: PTRACE_ATTACH, pid: 77, by: gdb}", {
    "evt.arg.request": "PTRACE_ATTACH",
    "evt.arg.pid": "77",
  });
  await says("evt.type = socket", "- socket: {domain: AF_PACKET, type: SOCK_RAW, proto: 3}", {
    "evt.arg.domain": "AF_PACKET",
    "evt.arg.type": "3",
  });
  await says("evt.type = symlinkat", "- symlinkat: {target: /etc/shadow, linkpath: /tmp/x}", {
    "evt.arg.target": "/etc/shadow",
    "evt.arg.linkpath": "/tmp/x",
  });
  await says("evt.type = linkat", "- linkat: {oldpath: /etc/shadow, newpath: /tmp/y}", {
    "fs.path.target": "/etc/shadow",
  });
  await says("evt.type = init_module", "- init_module: {data: x, uargs: y}".replace("data", "img"), {
    "evt.arg.uargs": "y",
  });
  await says("evt.type = unlink", "- unlink: /var/log/x", { "fs.path.name": "/var/log/x" });
  await says("evt.type = chmod", "- chmod: {path: /tmp/x, mode: '4755'}", {
    "evt.arg.mode": "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID",
  });
  await says("evt.type = setuid", "- setuid: {uid: root, by: {user: alice}}", {
    "user.name": "root",
    "evt.arg.uid": "root",
  });
  await says("evt.type = kill", "- kill: {pid: 5, sig: SIGKILL}", { "evt.arg.sig": "SIGKILL" });
  await says("evt.type = keyctl", "- keyctl: {operation: KEYCTL_READ, arg2: 5}", { "evt.arg.arg2": "5" });
  await says("evt.type = swapon", "- swapon: {}", { "evt.type": "swapon" });
});

test("time advances during waits and between events", () =>
  says("evt.type = openat and proc.duration > 5000000000", "- openat: /a\n- wait: 10s\n- openat: /b", {
    "fd.name": "/b",
  }));

test("a fork creates an event of the parent and an event of the child, and later events can use the child", () =>
  says(
    "evt.type = openat",
    "- clone: {as: kid, by: {exe: /usr/sbin/httpd, container: true, user: apache}}\n- openat: {path: x, by: kid}",
    {
      "proc.name": "httpd",
      "proc.pname": "httpd",
      "user.name": "apache",
      "container.id": "3ad7b26ded6d",
    },
  ));

it("can build every event, with and without parameters", async () => {
  const names = new Set(writableEvents);
  expect(names.size).toBeGreaterThan(350);
  const { problems, fired } = await runOneCase(
    rule("R", "evt.type = openat2"),
    `events:\n${[...names].map((name) => `  - ${name}: {}`).join("\n")}\nfires: [R]`,
  );
  expect(problems.map(({ message }) => message)).toEqual([]);
  expect(fired).toEqual(["R"]);
});

it("rejects an invalid event", () =>
  complains(`- write: {data: ${"x".repeat(70_000)}}`, "Invalid event: data of WRITE_X is longer than 65,535 bytes."));

it("reports unknown names with a suggestion", async () => {
  await complains("- opnat: /x", '"opnat" is not a valid event; did you mean "openat"?');
  await complains("- openat: {pth: /x}", '"pth" is not a valid parameter of openat; did you mean "path"?');
  await complains(
    "- openat: {path: /x, flags: [O_RDONL]}",
    '"O_RDONL" is not a valid value of "flags" of openat; did you mean "O_RDONLY"?',
  );
  await complains(
    "- openat: {path: /x, by: {exee: cat}}",
    '"exee" is not a valid key of a process; did you mean "exe"?',
  );
  await complains(
    "- openat: {path: /x, result: ENOENTT}",
    '"ENOENTT" is not a valid error name or number; did you mean "ENOENT"?',
  );
  await complains(
    "- openat: {path: /x, by: {caps: [CAP_SYS_ADMN]}}",
    '"CAP_SYS_ADMN" is not a valid capability; did you mean "CAP_SYS_ADMIN"?',
  );
  await complains(
    "- connect: {to: 1.2.3.4}",
    expect.stringContaining('"to" of connect must be an address with a port') as unknown as string,
  );
  await complains("- {openat: /x, read: {}}", "An event must be one call, as in openat: {path: /etc/shadow}.");
  await complains(
    "- execve: {exe: sh, by: bash, parent: x}",
    '"parent" does not change in an exec: remove it, or remove "by".',
  );
  await complains("- wait: soon", '"wait" must be a duration such as 10s, 200ms, 5 minutes.');
});

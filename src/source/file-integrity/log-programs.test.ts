import { expect, test } from "vitest";
import { logPrograms, removesOldLogs } from "./log-programs.ts";
import type { Manager } from "./messages.ts";

function manager(path: string): Manager {
  const program = logPrograms.find((each) => each.path === path);
  if (program === undefined) throw new Error(`no program ${path}`);
  const { below, anyArguments } = program;
  return { kind: "logs", paths: [path], below, anyArguments };
}

const removes = (path: string, args: string, removed = "/var/log/messages") =>
  removesOldLogs(manager(path), args.split(" ").filter(Boolean), removed);

test.each([
  ["/usr/sbin/logrotate", "/etc/logrotate.conf"],
  ["/usr/sbin/logrotate", "-f /etc/logrotate.d/nginx"],
  ["/usr/sbin/logrotate", "-v -s /var/lib/logrotate/status /etc/logrotate.conf"],
  ["/usr/sbin/logrotate", "--state=/var/lib/logrotate/status /etc/logrotate.conf"],
  ["/usr/sbin/logrotate", "-s/tmp/status --log /tmp/log /etc/logrotate.conf"],
  ["/usr/sbin/rsyslogd", "-n -iNONE"],
  ["/usr/sbin/rsyslogd", "-i/run/rsyslogd.pid -f /etc/rsyslog.conf"],
  ["/usr/sbin/rsyslogd", "-f/etc/rsyslog.conf"],
  ["/usr/sbin/syslog-ng", "-F --cfgfile=/etc/syslog-ng/syslog-ng.conf -p /var/run/syslog-ng.pid"],
])("%s %s removes old logs", (path, args) => {
  expect(removes(path, args)).toBe(true);
});

test.each([
  ["/usr/sbin/logrotate", "/tmp/own.conf"],
  ["/usr/sbin/logrotate", "-f own.conf"],
  ["/usr/sbin/logrotate", "/etc/logrotate.conf /tmp/own.conf"],
  ["/usr/sbin/logrotate", "/etc/../tmp/own.conf"],
  ["/usr/sbin/logrotate", "/etc/logrotate.d/../../tmp/own.conf"],
  ["/usr/sbin/logrotate", "/etc/resolv.conf"],
  ["/usr/sbin/logrotate", "/run/own.pid/x"],
  ["/usr/sbin/logrotate", "-m /tmp/command /etc/logrotate.conf"],
  ["/usr/sbin/logrotate", "--mail=/tmp/command /etc/logrotate.conf"],
  ["/usr/sbin/rsyslogd", "-f /tmp/own.conf"],
  ["/usr/sbin/rsyslogd", "-f/tmp/own.conf"],
  ["/usr/sbin/rsyslogd", "-fown.conf"],
  ["/usr/sbin/syslog-ng", "--cfgfile=own.conf"],
])("%s %s removes files that its user specifies", (path, args) => {
  expect(removes(path, args)).toBe(false);
});

test("journald, auditd and kubelets remove only their own files, kubelets with any arguments", () => {
  const journald = "/usr/lib/systemd/systemd-journald";
  expect(removes(journald, "", "/var/log/journal/1/system@2.journal")).toBe(true);
  expect(removes(journald, "", "/run/log/journal/1/system.journal")).toBe(true);
  expect(removes(journald, "", "/var/log/messages")).toBe(false);
  expect(removes("/usr/sbin/auditd", "", "/var/log/audit/audit.log.4")).toBe(true);
  expect(removes("/usr/sbin/auditd", "", "/var/log/auth.log")).toBe(false);
  expect(removes("/usr/bin/kubelet", "--config=/var/lib/kubelet/x", "/var/log/pods/x/0.log")).toBe(true);
  expect(removes("/usr/bin/kubelet", "", "/var/log/pods.log")).toBe(false);
});

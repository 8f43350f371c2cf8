import { expect, test } from "vitest";
import { vocabulary } from "../field/catalogue.ts";
import { realPathClasses } from "../field/real-path.ts";
import { bind } from "./bind.ts";
import { parse } from "./parse.ts";
import { addWatchedFiles, noWatchedFiles, type WatchedFiles } from "./watched-files.ts";

const words = vocabulary({}, realPathClasses);

function watched(condition: string): Partial<Record<keyof WatchedFiles, unknown>> {
  const files = noWatchedFiles();
  addWatchedFiles(bind(parse(condition), words).condition, files);
  const lists = Object.entries(files).flatMap(([key, value]) =>
    value instanceof Set ? (value.size === 0 ? [] : [[key, [...value]]]) : value ? [[key, value]] : [],
  );
  return Object.fromEntries(lists);
}

test.each([
  ["fd.real.path = /etc/shadow", { paths: ["/etc/shadow"] }],
  ["fd.real.path in (/etc/shadow, /etc/sudoers)", { paths: ["/etc/shadow", "/etc/sudoers"] }],
  ["not fd.real.path != /etc/shadow", { paths: ["/etc/shadow"] }],
  ["evt.type = open and (fd.num > 1 or fd.real.directory = /etc/pam.d)", { directories: ["/etc/pam.d"] }],
  ["fd.real.path startswith anyof (/etc/cron, /etc/pam.d/)", { prefixes: ["/etc/cron", "/etc/pam.d/"] }],
  ["fd.real.filename in (id_rsa, authorized_keys)", { names: ["id_rsa", "authorized_keys"] }],
  ["fd.real.path endswith /authorized_keys", { names: ["authorized_keys"] }],
  ["fd.real.path contains /.ssh/", { directoryNames: [".ssh"] }],
  ["fd.real.path glob /home/*/.ssh/*", { directoryNames: [".ssh"] }],
  ["fd.real.path glob /home/*/.netrc", { names: [".netrc"] }],
  ["fd.real.directory endswith /systemd/user", { directoryNames: ["user"] }],
])("%s watches the files that its constants name", (condition, expected) => {
  expect(watched(condition)).toEqual(expected);
});

test.each([
  "fd.real.path contains shadow",
  "fd.real.path endswith .service",
  "fd.real.path glob /etc/*.conf",
  "fd.real.path regex '/etc/.*'",
  "fd.real.filename startswith id_",
  "tolower(fd.real.path) = /etc/shadow",
  "fd.real.path = val(fd.name)",
])("%s needs the real path of every file", (condition) => {
  expect(watched(condition)).toEqual({ every: true });
});

test.each([
  ["fd.name = /etc/shadow", { paths: ["/etc/shadow"] }],
  ["not fd.name in (/etc/shadow, relative, /proc/1/maps, /dev/null)", { paths: ["/etc/shadow"] }],
  [
    "fd.directory in (/etc/pam.d, /, /dev) or fd.filename in (.bashrc, a/b)",
    { directories: ["/etc/pam.d"], names: [".bashrc"] },
  ],
])("%s watches the files that constants for the passed path name", (condition, expected) => {
  expect(watched(condition)).toEqual(expected);
});

test.each([
  "fd.name startswith /etc",
  "fd.name = 10.0.0.1:4->10.0.0.2:5",
  "fd.real.path exists",
  "proc.real.exepath = /usr/bin/cat",
])("%s watches no file", (condition) => {
  expect(watched(condition)).toEqual({});
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

/** Fields whose values a process chooses: an attacker can give them the values of an exception. */
const CHOSEN = /^proc\.(p?name|aname(\[\d+\])?|p?cmdline|p?args|exe|env(\[\w+\])?)$/;

/** Exceptions with values that consist of such fields, and why they are safe. */
const ACCEPTED: Readonly<Record<string, string>> = {
  "Shell spawned by server process: database_and_whole_command": "the pattern covers the whole command",
  "Shell spawned by server process: parent_and_whole_command": "the pattern covers the whole command",
  "Shell spawned by server process: whole_command": "the pattern covers the whole command",
  "Program spawned by database server: database_and_whole_command": "the pattern covers the whole command",
  "Program spawned by database server: parent_and_whole_command": "the pattern covers the whole command",
  "Program spawned by database server: parent_and_program": "other rules cover what the program does",
  "Kubernetes API server accessed from container: program": "images of agents have no package databases",
  "Privileged container started: program": "images of agents have no package databases",
  "Container started with dangerous capabilities: program": "images of agents have no package databases",
  "File system mounted in container: arguments": "the arguments determine what mount does",
};

interface Item {
  readonly rule?: string;
  readonly exceptions?: readonly {
    readonly name: string;
    readonly fields: string | readonly string[];
    readonly values?: readonly unknown[];
  }[];
}

test("exceptions do not consist of values that an attacker can choose", () => {
  const files = ["syscall.yaml", "syscall_incubating.yaml", "syscall_threats.yaml"];
  const items = files.flatMap((file) => parse(readFileSync(join(import.meta.dirname, file), "utf8")) as Item[]);
  const found = items.flatMap(({ rule, exceptions = [] }) =>
    exceptions
      .filter(({ fields, values = [] }) => values.length > 0 && [fields].flat().every((field) => CHOSEN.test(field)))
      .map(({ name }) => `${rule}: ${name}`),
  );
  expect(found.sort()).toEqual(Object.keys(ACCEPTED).sort());
});

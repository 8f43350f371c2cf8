import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { forTerminal } from "../colored.ts";
import { type LaidOut, laidOutLine, layOut } from "./layout.ts";
import { textWidth } from "./width.ts";

const fields: Readonly<Record<string, unknown>> = {
  "container.id": "host",
  "proc.aname[2]": "session.sh",
  "proc.name": "cat",
  "proc.pname": "node",
  "user.name": "root",
};

function alertWith(
  message: string,
  more: Readonly<Record<string, unknown>> = {},
  rule = "Credential file read",
): LaidOut {
  const all = Object.entries({ ...fields, ...more }).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...{ rule, priority: "Warning", time: 0n, message, hostname: "web-1" },
    names: all.map(([name]) => name),
    values: all.map(([, value]) => JSON.stringify(value)),
  };
}

const plain = (_style: unknown, text: string): string => text;
const shown = (alert: LaidOut, columns = 80): string => layOut(alert, { columns, paint: plain });

const FALCO =
  "cat read the credential file /etc/shadow | file=/etc/shadow user=root process=cat parent=node command=cat /etc/shadow tty=<NA> container=host";

test("time, priority and rule come first, then the sentence, the place and the details", () => {
  expect(shown(alertWith(FALCO))).toBe(
    `00:00:00 Warning  Credential file read
         cat read the credential file /etc/shadow
         host web-1 · user root · cat ← node ← session.sh
         file=/etc/shadow command=cat /etc/shadow`,
  );
});

test("in a narrow terminal, lines are wrapped with a small indentation", () => {
  expect(shown(alertWith(FALCO), 40)).toBe(
    `00:00:00 Warning  Credential file read
  cat read the credential file
  /etc/shadow
  host web-1 · user root · cat ← node ←
  session.sh
  file=/etc/shadow command=cat
  /etc/shadow`,
  );
});

test("a rule that does not fit beside the time is on the next line", () => {
  const alert = { ...alertWith("x", {}, "Kernel helper path written from container"), seq: 42 };
  expect(layOut(alert, { columns: 40, paint: plain, date: true })).toBe(
    `#42  1970-01-01 00:00:00 Warning
  Kernel helper path written from
  container
  x
  host web-1 · user root · cat ← node ←
  session.sh`,
  );
});

test("values in parentheses are also shown as details", () => {
  expect(shown(alertWith("File read (user=root file=/etc/shadow)"))).toMatch(/^ {9}File read$/m);
  expect(shown(alertWith("File read (user=root file=/etc/shadow)"))).toMatch(/^ {9}file=\/etc\/shadow$/m);
  expect(shown(alertWith("File read (again)"))).toMatch(/^ {9}File read \(again\)$/m);
});

test("the place is the workload, or the host name if there is no workload", () => {
  const pod = {
    "container.id": "1f3f78bd6386",
    "container.name": "api",
    "k8s.ns.name": "prod",
    "k8s.pod.name": "api-0",
  };
  expect(shown(alertWith("x", pod))).toContain("\n         prod/api-0 · container api · user root · cat ← node");
  expect(shown(alertWith("x", { "container.id": "a".repeat(64) }))).toContain(` container ${"a".repeat(12)} · `);
  expect(shown({ ...alertWith("x"), received: true })).toContain("host web-1 (unverified) · ");
  expect(shown({ ...alertWith("x"), names: [], values: [] })).toBe(
    "00:00:00 Warning  Credential file read\n         x\n         host web-1",
  );
});

test("the number of matches of a folded alert is beside its rule", () => {
  const text = shown(alertWith(`${FALCO} (repeats: 9991)`, { "eyas.repeats": 9991 }));
  expect(text).toMatch(/^00:00:00 Warning {2}Credential file read ×9,992\n/);
  expect(text).not.toContain("repeats");
  expect(shown(alertWith("ran x (repeats: 5)"))).toContain("ran x (repeats: 5)");
});

test("a value cannot hide the rest of a sentence", () => {
  const name = "x | user=y (user=z)";
  expect(shown(alertWith(`ran ${name} as root | file=${name} uid=0`))).toContain(`ran ${name} as root`);
  const text = shown(alertWith(`ran ${name} as root`), 200);
  for (const part of ["ran x", "(user=z) as root"]) expect(text).toContain(part);
});

const HOSTILE = "\u001b]0;owned\u0007\u009b31m\u202eevil\u2066\u200f\u2028\n\r\ty";

test.each([20, 40, 80, 200])("hostile text is escaped, and lines have at most %i columns", (columns) => {
  const wide = "日本語😀".repeat(20);
  const more = { "proc.name": HOSTILE, "k8s.pod.name": `${HOSTILE}${wide}`, "user.name": wide };
  const alert = {
    ...alertWith(`ran ${HOSTILE} ${wide} | a=${HOSTILE} b=${wide.repeat(20)}`, more, `r ${HOSTILE} ${wide}`),
    hostname: HOSTILE,
  };
  const text = shown(alert, columns);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}/u);
  expect(text.replace(/\s/g, "")).toContain("\\x1b]0;owned\\x07");
  for (const line of text.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(columns);
  expect(text).toMatch(/ ?…$/); // the details are longer than their lines
});

test("styles do not change the text", () => {
  const { names, values, hostname, ...alert } = alertWith(FALCO);
  const whole = {
    ...alert,
    source: "syscall",
    tags: [],
    text: "",
    json: "{}",
    parts: { hostname, output: "", names, values },
  };
  const line = laidOutLine(() => 80);
  const styled = line(whole);
  expect(styled).toContain("\u001b[33mWarning\u001b[39m");
  expect(stripVTControlCharacters(styled)).toBe(shown(alertWith(FALCO)));
  expect(forTerminal(line)).toBe(line);
});

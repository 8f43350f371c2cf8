import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { asJson, asText } from "../../output.ts";
import { alertAbout, hostile } from "../../receiver.fixture.ts";
import { programOutput } from "./output.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-program-"));
const file = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(file(name), "utf8");

function open(program: string, keepAlive = false) {
  return programOutput(asText, { program, keepAlive });
}

test("the program runs once for each alert, or once for all alerts with keep_alive", async () => {
  const batch = [alertAbout("one"), alertAbout("two")];
  const text = batch.map((alert) => `${alert.text}\n`);
  await open(`(echo begin; cat; echo end) >> ${file("each")}`).deliver(batch);
  expect(read("each")).toBe(`begin\n${text[0]}end\nbegin\n${text[1]}end\n`);
  const kept = open(`(echo begin; cat; echo end) >> ${file("kept")}`, true);
  await kept.deliver(batch);
  await kept.deliver(batch);
  await kept.close();
  expect(read("kept")).toBe(`begin\n${text.join("").repeat(2)}end\n`);
});

test("a program can open its standard input as /dev/stdin", async () => {
  const alert = alertAbout("one");
  expect(await open(`cat /dev/stdin > ${file("named")}`).deliver([alert])).toEqual({ outcome: "delivered" });
  expect(read("named")).toBe(`${alert.text}\n`);
});

test("SIGUSR1 restarts a program", async () => {
  const kept = open(`(cat; echo end) >> ${file("anew")}`, true);
  await kept.deliver([alertAbout("one")]);
  kept.reopen();
  for (let i = 0; i < 100 && !(existsSync(file("anew")) && read("anew").includes("end")); i++) await sleep(20);
  await kept.deliver([alertAbout("two")]);
  await kept.close();
  expect(read("anew").match(/end/g)).toHaveLength(2);
});

test("no text of an alert reaches the shell", async () => {
  const alert = alertAbout(hostile);
  const output = programOutput(asJson, { program: `cat > ${file("wild")}`, keepAlive: false });
  expect(await output.deliver([alert])).toEqual({ outcome: "delivered" });
  expect(read("wild")).toBe(`${alert.json}\n`);
});

test.each([
  ["exit 0", "delivered"],
  ["cat >/dev/null; exit 1", "delivered"],
  ["cat >/dev/null; exit 75", "retry"],
  ["/no/such/program", "retry"],
  ["cat >/dev/null; kill -9 $$", "retry"],
])("a program that ends with `%s`: %s", async (program, outcome) => {
  expect(await open(program).deliver([alertAbout("x")])).toMatchObject({ outcome });
});

test("with keep_alive, a program that has exited is restarted", async () => {
  const [lines, ids] = [file(randomUUID()), file(randomUUID())];
  const kept = open(`echo $$ >> ${ids}; exec head -n 1 >> ${lines}`, true);
  for (const [i, text] of ["one", "two", "three"].entries()) {
    await kept.deliver([alertAbout(text)]);
    const id = () => readFileSync(ids, "utf8").split("\n")[i] ?? "";
    await expect.poll(() => existsSync(ids) && id() !== "" && !existsSync(`/proc/${id()}`)).toBe(true);
  }
  await kept.close();
  expect(readFileSync(lines, "utf8").split("\n")).toHaveLength(4);
});

test("delivery waits for a slow program, which is terminated when the output is closed", async () => {
  const patient = open(`cat > ${file("slow")}; sleep 0.5; echo done >> ${file("slow")}`);
  expect(await patient.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
  expect(read("slow")).toContain("done");
  const stuck = open("exec sleep 3600");
  const delivery = stuck.deliver([alertAbout("x")]);
  await sleep(100);
  await stuck.close();
  expect(await delivery).toMatchObject({ outcome: "retry", reason: "the program was terminated by SIGTERM" });
});

test.each(["sleep 4242 | cat", "trap '' TERM; while :; do sleep 4242; done"])(
  "all processes of a program that does not exit are ended when the output is closed: %s",
  async (program) => {
    const stuck = open(program, true);
    await stuck.deliver([alertAbout("x")]);
    await sleep(200);
    const running = () => spawnSync("pgrep", ["-f", "^sleep 4242$"]).stdout.toString();
    expect(running()).not.toBe("");
    await stuck.close();
    expect(running()).toBe("");
  },
);

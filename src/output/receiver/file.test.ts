import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alertWith } from "../alert.fixture.ts";
import { lines, withLimitedFiles } from "../limited-file.fixture.ts";
import { asText } from "../output.ts";
import { fileOutput } from "./file.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-file-"));
const read = (name: string) => readFileSync(join(folder, name), "utf8");

test("alerts are appended to a file", async () => {
  for (const text of ["one", "two"]) {
    const output = fileOutput(asText, { filename: join(folder, "a"), keepAlive: false });
    await output.deliver([alertWith(text), alertWith("and more")]);
  }
  expect(read("a")).toBe("one\nand more\ntwo\nand more\n");
});

test("with keep_alive, alerts are written to a renamed file until the file is reopened", async () => {
  const output = fileOutput(asText, { filename: join(folder, "b"), keepAlive: true });
  await output.deliver([alertWith("one")]);
  renameSync(join(folder, "b"), join(folder, "b.1"));
  await output.deliver([alertWith("two")]);
  output.reopen();
  await output.deliver([alertWith("three")]);
  await output.close();
  expect([read("b.1"), read("b")]).toEqual(["one\ntwo\n", "three\n"]);
});

test("a file that cannot be written requests a retry, with the reason", async () => {
  const output = fileOutput(asText, { filename: join(folder, "none", "c"), keepAlive: false });
  expect(await output.deliver([alertWith("one")])).toEqual({
    outcome: "retry",
    reason: expect.stringContaining("ENOENT"),
  });
});

test("a FIFO at the path of the file requests a retry while no program reads from it", async () => {
  const filename = join(folder, "fifo");
  execFileSync("mkfifo", [filename]);
  const output = fileOutput(asText, { filename, keepAlive: true });
  expect(await output.deliver([alertWith("one")])).toEqual({
    outcome: "retry",
    reason: expect.stringContaining("ENXIO"),
  });
  const reader = openSync(filename, constants.O_RDONLY | constants.O_NONBLOCK);
  expect(await output.deliver([alertWith("one")])).toEqual({ outcome: "delivered" });
  const bytes = new Uint8Array(100);
  expect(Buffer.from(bytes.subarray(0, readSync(reader, bytes))).toString()).toBe("one\n");
  closeSync(reader);
  await output.close();
});

/** Runs a script that delivers alerts to the file `full`, which has room for only 1024 bytes. */
function limited(script: string): string {
  const file = JSON.stringify(join(folder, "full"));
  return withLimitedFiles(
    { name: "fileOutput", path: "receiver/file.ts" },
    `const { deliver } = fileOutput(asText, { filename: ${file}, keepAlive: false });
    ${script}`,
  );
}

test("if the disk is full, complete lines are delivered, and an incomplete line is removed and retried", () => {
  const said = limited("console.log(JSON.stringify(await deliver(alerts)));");
  const retry = ["c", "d"].map((text) => ({ text: text.repeat(399) }));
  const reason = expect.stringContaining("EFBIG");
  expect(JSON.parse(said)).toEqual({ outcome: "partly", reason, retry, rejected: [] });
  expect(read("full")).toBe(lines("a", "b"));
});

test("an incomplete line in a FIFO that lost its reader is terminated before the next line", async () => {
  const filename = join(folder, "torn");
  execFileSync("mkfifo", [filename]);
  const output = fileOutput(asText, { filename, keepAlive: true });
  const open = (): number => openSync(filename, constants.O_RDONLY | constants.O_NONBLOCK);
  const bytes = Buffer.alloc(200_000);
  let text = "";
  let reader = open();
  const readSome = (most: number): string => {
    try {
      text += bytes.toString("utf8", 0, readSync(reader, bytes, 0, most, null));
    } catch {
      // the FIFO is empty
    }
    return text;
  };
  const batch = ["a", "b", "c"].map((letter) => alertWith(letter.repeat(39_999)));
  const delivery = output.deliver(batch);
  await expect.poll(() => readSome(1)).toBe("a");
  closeSync(reader);
  expect(await delivery).toEqual({
    outcome: "partly",
    reason: expect.stringContaining("EPIPE"),
    retry: batch.slice(1),
    rejected: [],
  });
  reader = open();
  const retried = output.deliver(batch.slice(1));
  await expect.poll(() => readSome(bytes.length).endsWith("c\n")).toBe(true);
  expect(await retried).toEqual({ outcome: "delivered" });
  expect(text).toMatch(/^a{39999}\nb{1,39998}\nb{39999}\nc{39999}\n$/);
  closeSync(reader);
  await output.close();
});

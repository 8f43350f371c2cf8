import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alertWith } from "../alert.fixture.ts";
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

test("a file that is kept open is written under its old name until it is reopened", async () => {
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

test("a FIFO in place of the file requests a retry while no program reads it", async () => {
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

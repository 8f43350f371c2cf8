import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { standardErrorSink } from "./standard-error.ts";

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

interface Reader {
  /** Descriptor of the end to which the test writes. */
  readonly fd: number;
  /** Reads the available bytes. */
  read(): Promise<string>;
}

async function pipe(): Promise<Reader> {
  const path = join(mkdtempSync(join(tmpdir(), "eyas-stderr-")), "pipe");
  execFileSync("mkfifo", [path]);
  const end = openSync(path, O_RDONLY | O_NONBLOCK);
  const fd = openSync(path, O_WRONLY);
  onTestFinished(() => [fd, end].forEach(closeSync));
  const bytes = new Uint8Array(1 << 20);
  return {
    fd,
    async read() {
      try {
        return Buffer.from(bytes.subarray(0, readSync(end, bytes))).toString();
      } catch {
        return ""; // EAGAIN
      }
    },
  };
}

async function socket(): Promise<Reader> {
  const path = join(mkdtempSync(join(tmpdir(), "eyas-stderr-")), "socket");
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer((one) => accepted.resolve(one.pause())).listen(path);
  const client = connect(path);
  const end = await accepted.promise;
  onTestFinished(() => {
    client.destroy();
    end.destroy();
    server.close();
  });
  return {
    fd: (client as unknown as { _handle: { fd: number } })._handle.fd,
    async read() {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return String(end.read() ?? "");
    },
  };
}

describe.each([
  ["pipe", pipe],
  ["socket", socket],
])("standard error is a %s", (_kind, open) => {
  test("lines are buffered while standard error is not read, and the number of lost lines is logged", {
    timeout: 300_000,
  }, async () => {
    const { fd, read } = await open();
    const log = standardErrorSink(fd);
    const text = "x".repeat(1000);
    for (let i = 0; i < 5000; i++) log("notice", `${i} ${text}`);
    let all = "";
    await expect
      .poll(async () => {
        all += await read();
        return all;
      })
      .toMatch(/lost because/);
    const lines = all.trimEnd().split("\n");
    const numbers = lines.slice(0, -1).map((line) => Number(/notice: (\d+) x+$/.exec(line)?.[1]));
    expect(numbers).toEqual(numbers.map((_, i) => i));
    const lost = Number(
      / warning: ([\d,]+) log lines were lost because/.exec(lines.at(-1) ?? "")?.[1]?.replace(",", ""),
    );
    expect([lost > 1000, numbers.length + lost]).toEqual([true, 5000]);
    log("notice", "after that");
    await expect.poll(read).toMatch(/ notice: after that\n$/);
  });
});

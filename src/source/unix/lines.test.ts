import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { Event } from "../../event/event.ts";
import { connectDatagram } from "../../output/transport/datagram.ts";
import type { Feed } from "../feed.ts";
import { type Inbox, openInbox } from "../inbox.ts";
import { anyJson, linesOf } from "../reader.ts";
import { openUnixLines } from "./lines.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-unix-"));
let next = 0;
const opened: Feed[] = [];
afterEach(async () => {
  for (const feed of opened.splice(0)) await feed.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Opened {
  readonly path: string;
  readonly feed: Feed;
  readonly inbox: Inbox;
}

async function open(datagrams: boolean, most = 1000, path = join(folder, `${++next}.sock`)): Promise<Opened> {
  const inbox = openInbox("suricata", { most });
  const settings = { path, datagrams, from: `unix:${path}`, maxLine: 100, decode: linesOf(anyJson, 100) };
  const feed = await openUnixLines(settings, inbox);
  opened.push(feed);
  return { path, feed, inbox };
}

/** Returns the documents that arrive, when there are `count` of them. */
async function taken({ inbox }: Opened, count: number): Promise<unknown[]> {
  const event = new Event();
  const documents: unknown[] = [];
  await expect
    .poll(
      () => {
        while (inbox.next(event)) documents.push(event.document);
        return documents.length;
      },
      { timeout: 60_000 },
    )
    .toBeGreaterThanOrEqual(count);
  return documents;
}

function writer(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket)).once("error", reject);
  });
}

describe("a stream socket", () => {
  test("receives lines of several writers in any chunks, and a last line without terminator", async () => {
    const one = await open(false);
    const [a, b] = [await writer(one.path), await writer(one.path)];
    a.write('{"n":1}\n{"n"');
    b.write('{"n":3}\r\n\n');
    await taken(one, 2);
    a.end(':2}\n{"n":4}');
    b.end();
    expect(await taken(one, 2)).toEqual([{ n: 2 }, { n: 4 }]);
    expect(one.feed.counts).toMatchObject({ accepted: 4, bytes: 33 });
  });

  test("rejects lines that are not events or too long, and continues", async () => {
    const one = await open(false);
    const socket = await writer(one.path);
    socket.end(`nonsense\n"${"x".repeat(200)}"\n{"n":1}\n`);
    expect(await taken(one, 1)).toEqual([{ n: 1 }]);
    expect(Object.fromEntries(one.feed.counts.refused)).toEqual({ not_json: 1, too_large: 1 });
  });

  test("blocks writers while the inbox is full, and loses nothing", async () => {
    const one = await open(false, 10);
    const socket = await writer(one.path);
    const count = 5000;
    socket.end(Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join(""));
    const documents = await taken(one, count);
    expect(documents).toEqual(Array.from({ length: count }, (_, n) => ({ n })));
  });
});

describe("a datagram socket", () => {
  test("receives a text, or a text per line, of each datagram", async () => {
    const one = await open(true);
    const socket = connectDatagram(one.path);
    for (const text of ['{"n":1}', '{"n":2}\n', '{"n":3}\n{"n":4}', "", "nonsense", `"${"x".repeat(300)}"`, '{"n":5}'])
      expect(socket.send(Buffer.from(text))).toBeUndefined();
    socket.close();
    expect(await taken(one, 5)).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
    expect(Object.fromEntries(one.feed.counts.refused)).toEqual({ not_json: 1, too_large: 1 });
  });
});

describe.each([
  ["stream", false],
  ["datagram", true],
])("the path of a %s socket", (_, datagrams) => {
  test("is accessible to owner and group, and is removed on close", async () => {
    const { path, feed } = await open(datagrams);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await feed.close();
    expect(existsSync(path)).toBe(false);
  });

  test("of another listener is not replaced", async () => {
    const { path } = await open(datagrams);
    await expect(open(datagrams, 1, path)).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(existsSync(path)).toBe(true);
  });

  test("that is a file is not replaced", async () => {
    const path = join(folder, `${++next}.file`);
    writeFileSync(path, "mine");
    await expect(open(datagrams, 1, path)).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(existsSync(path)).toBe(true);
  });

  test("of a killed process is replaced", async () => {
    const path = join(folder, `${++next}.left`);
    const make = datagrams
      ? `import(${JSON.stringify(join(import.meta.dirname, "datagrams.ts"))}).then((m) => m.openDatagrams(${JSON.stringify(path)}, 9).next())`
      : `require("node:net").createServer().listen(${JSON.stringify(path)})`;
    const child = spawn(process.execPath, ["-e", make], { stdio: ["ignore", "inherit", "inherit"] });
    await expect.poll(() => existsSync(path), { timeout: 60_000 }).toBe(true);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    expect(existsSync(path)).toBe(true);
    const { feed } = await open(datagrams, 1, path);
    expect(feed.counts.trouble).toBeUndefined();
  });
});

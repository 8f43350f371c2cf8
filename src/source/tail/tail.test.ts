import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import type { Document } from "../../event/document.ts";
import { decodeJson } from "../decode.ts";
import type { Feed } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { splitList } from "../split.ts";
import { openPositions, type Positions } from "./positions.ts";
import { openTail } from "./tail.ts";

const decode = decodeJson(
  splitList((part, { time }) =>
    typeof part === "number" || typeof part === "object" ? { time, value: [part] } : { reason: "odd", message: "odd" },
  ),
  100_000,
);

/** An intake that evaluates documents immediately, up to a number that can be changed. */
function intake(room = Number.POSITIVE_INFINITY) {
  const seen: unknown[] = [];
  const self = {
    seen,
    room,
    offers: 0,
    waiting: 0,
    offer(documents: readonly Document[]) {
      self.offers++;
      if (seen.length + documents.length > self.room) return undefined;
      for (const { value } of documents) seen.push(Array.isArray(value) ? value[0] : undefined);
      return Promise.resolve();
    },
  } satisfies Intake & Record<string, unknown>;
  return self;
}

interface Following {
  readonly feed: Feed;
  readonly positions: Positions;
  readonly box: ReturnType<typeof intake>;
  readonly said: string[];
}

let open: Following[] = [];
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "eyas-tail-"));
  folders.push(made);
  return made;
}

async function follow(
  path: string,
  {
    start = "beginning",
    room = Number.POSITIVE_INFINITY,
    maxLine = 100,
    state = `${path.replace(/[*/]+$/, "")}.state`,
  }: {
    start?: "end" | "beginning";
    room?: number;
    maxLine?: number;
    state?: string;
  } = {},
): Promise<Following> {
  const said: string[] = [];
  const positions = openPositions(state, (sentence) => said.push(sentence));
  const box = intake(room);
  const say = (sentence: string) => said.push(sentence);
  const feed = await openTail({ source: "json", path, start, maxLine, decode, positions, say }, box);
  const following = { feed, positions, box, said };
  open.push(following);
  return following;
}

async function stop({ feed, positions }: Following): Promise<void> {
  open = open.filter((each) => each.feed !== feed);
  await feed.close();
  await positions.close();
}

afterEach(async () => {
  for (const each of open) await stop(each);
  for (const each of folders.splice(0)) rmSync(each, { recursive: true });
});

const lines = (...numbers: readonly number[]) => numbers.map((n) => `${n}\n`).join("");
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 10 });
const sees = ({ box }: Following, ...numbers: readonly number[]) => until(() => expect(box.seen).toEqual(numbers));
/** Unique lines, so that a copy of them is recognized. */
const telling = (from: number, to: number) =>
  range(from, to)
    .map((n) => `{"n":${n},"text":"event number ${n}"}\n`)
    .join("");
const numbersOf = ({ box }: Following) => box.seen.map((each) => (each as { n: number }).n);

test("a file is read from its beginning and as it grows, a line once it is complete", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, "1\n2\n3");
  const tail = await follow(path);
  await sees(tail, 1, 2);
  appendFileSync(path, "4\n5\n");
  await sees(tail, 1, 2, 34, 5);
  expect(tail.feed.counts).toMatchObject({ accepted: 4, bytes: 9, behind: 0, trouble: undefined });
});

test("an existing file is first read from its end, at the line that is being written", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, "1\n2\n3");
  const tail = await follow(path, { start: "end" });
  await until(() => expect(existsSync(`${path}.state`)).toBe(true));
  appendFileSync(path, "4\n5\n");
  await sees(tail, 34, 5);
});

test("a file that is created later is read from its beginning, and reported as missing before", async () => {
  const path = join(folder(), "logs/a.json");
  const tail = await follow(path, { start: "end", state: join(folder(), "state") });
  await until(() => expect(tail.feed.counts.trouble).toBe(`cannot read ${path}: no such file`));
  mkdirSync(join(path, ".."));
  writeFileSync(path, lines(1, 2));
  await sees(tail, 1, 2);
  expect(tail.feed.counts.trouble).toBeUndefined();
});

test("a line that is too long or not an event is rejected with its reason, and the rest is read", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, `1\n"x"\n${"9".repeat(500)}\n{oops\n2\n`);
  const tail = await follow(path);
  await sees(tail, 1, 2);
  expect([...tail.feed.counts.refused]).toEqual([
    ["odd", 1],
    ["too_large", 1],
    ["not_json", 1],
  ]);
});

test("rotation by renaming does not lose or repeat lines, even if the writer continues with the old file for a while", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, lines(1));
  const tail = await follow(path);
  await sees(tail, 1);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, lines(2));
  writeFileSync(path, lines(3));
  appendFileSync(`${path}.1`, lines(4));
  await until(() => expect(tail.box.seen.toSorted()).toEqual([1, 2, 3, 4]));
  renameSync(`${path}.1`, `${path}.2`);
  renameSync(path, `${path}.1`);
  writeFileSync(path, lines(5));
  await until(() => expect(tail.box.seen.toSorted()).toEqual([1, 2, 3, 4, 5]));
});

test("rotation by copying and truncation does not lose or repeat lines of the copy", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, telling(0, 10));
  const tail = await follow(path, { room: 10 });
  await until(() => expect(numbersOf(tail)).toEqual(range(0, 10)));
  appendFileSync(path, telling(10, 12)); // there is no room, so reading stops
  await wait(100);
  appendFileSync(path, telling(12, 20));
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  appendFileSync(path, telling(20, 25));
  tail.box.room = Number.POSITIVE_INFINITY;
  await until(() => expect(numbersOf(tail).toSorted((a, b) => a - b)).toEqual(range(0, 25)));
});

test("a truncated file is read from its beginning, even if it is as long as before", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, lines(1, 2, 3));
  const tail = await follow(path);
  await sees(tail, 1, 2, 3);
  writeFileSync(path, lines(4, 5, 6, 7));
  await sees(tail, 1, 2, 3, 4, 5, 6, 7);
});

test("reading resumes after a stop", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, "1\n2\n3");
  const before = await follow(path);
  await sees(before, 1, 2);
  await stop(before);
  appendFileSync(path, "4\n5\n");
  await sees(await follow(path, { start: "end" }), 34, 5);
});

test("after two rotations during a stop, the old, intermediate and new files are read in order", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, telling(0, 10));
  const before = await follow(path);
  await until(() => expect(numbersOf(before)).toEqual(range(0, 10)));
  await stop(before);
  appendFileSync(path, telling(10, 15));
  renameSync(path, `${path}.1`);
  await wait(20);
  writeFileSync(path, telling(15, 20));
  renameSync(`${path}.1`, `${path}.2`);
  renameSync(path, `${path}.1`);
  await wait(20);
  writeFileSync(path, telling(20, 22));
  const after = await follow(path);
  await until(() => expect(numbersOf(after)).toEqual(range(10, 22)));
});

test("after copying and truncation during a stop, the rest is read from the copy", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, telling(0, 10));
  const before = await follow(path);
  await until(() => expect(numbersOf(before)).toEqual(range(0, 10)));
  await stop(before);
  appendFileSync(path, telling(10, 15));
  copyFileSync(path, `${path}-20260101`);
  truncateSync(path);
  appendFileSync(path, telling(15, 40));
  const after = await follow(path);
  await until(() => expect(numbersOf(after)).toEqual(range(10, 40)));
});

test("the loss of unread lines is logged", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, telling(0, 10));
  const before = await follow(path);
  await until(() => expect(before.box.seen.length).toBe(10));
  await stop(before);
  unlinkSync(path);
  writeFileSync(path, telling(100, 102));
  const after = await follow(path);
  await until(() => expect(numbersOf(after)).toEqual([100, 101]));
  expect(after.said).toEqual([`${path} was replaced by another file; any unread lines of the previous file are lost`]);
});

test("a pattern matches files that are created and removed, except compressed ones", async () => {
  const at = folder();
  writeFileSync(join(at, "a.log"), lines(1));
  writeFileSync(join(at, "a.log.gz"), "no text");
  const tail = await follow(join(at, "*.log*"), { state: join(folder(), "state") });
  await sees(tail, 1);
  writeFileSync(join(at, "b.log"), lines(2));
  await sees(tail, 1, 2);
  symlinkSync(join(at, "b.log"), join(at, "c.log"));
  renameSync(join(at, "a.log"), join(at, "a.log.1"));
  await until(() => expect(tail.feed.counts.trouble).toBeUndefined());
  appendFileSync(join(at, "a.log.1"), lines(3));
  writeFileSync(join(at, "a.log"), lines(4));
  await until(() => expect(tail.box.seen.toSorted()).toEqual([1, 2, 3, 4]));
});

test("in a directory, only files are read: no subdirectories, pipes or links to devices", async () => {
  const at = folder();
  mkdirSync(join(at, "inside"));
  spawnSync("mkfifo", [join(at, "pipe")]);
  symlinkSync("/dev/zero", join(at, "zeros"));
  symlinkSync("/nowhere", join(at, "astray"));
  writeFileSync(join(at, "a.log"), lines(1));
  const tail = await follow(at, { state: join(folder(), "state") });
  await sees(tail, 1);
  expect(tail.feed.counts).toMatchObject({ bytes: 2, trouble: undefined });
});

test("in a directory whose files are rotated by copying, a copy is not read again", async () => {
  const at = folder();
  const path = join(at, "a.json");
  writeFileSync(path, telling(0, 20));
  const tail = await follow(at, { state: join(folder(), "state") });
  await until(() => expect(numbersOf(tail)).toEqual(range(0, 20)));
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  appendFileSync(path, telling(20, 25));
  await until(() => expect(numbersOf(tail).toSorted((a, b) => a - b)).toEqual(range(0, 25)));
  appendFileSync(path, telling(25, 30));
  await until(() => expect(numbersOf(tail).toSorted((a, b) => a - b)).toEqual(range(0, 30)));
});

test("reading stops while the inbox is full, and nothing is lost", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, lines(...range(0, 60_000))); // takes more than one read
  const tail = await follow(path, { room: 0 });
  await until(() => expect(tail.box.offers).toBeGreaterThan(3));
  tail.box.room = Number.POSITIVE_INFINITY;
  await until(() => expect(tail.box.seen.length).toBe(60_000));
  expect(tail.box.seen).toEqual(range(0, 60_000));
});

test("lines that were not evaluated before the feed closed are read again", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, lines(1, 2));
  const positions = openPositions(`${path}.state`, () => {});
  let judge = (): void => {};
  const seen: unknown[] = [];
  const box: Intake = {
    waiting: 0,
    offer: (documents) => {
      seen.push(...documents.map(({ value }) => (Array.isArray(value) ? value[0] : value)));
      return seen.length > 2 ? new Promise(() => {}) : new Promise((resolve) => (judge = resolve));
    },
  };
  const settings = {
    source: "json",
    path,
    start: "beginning",
    maxLine: 100,
    decode,
    positions,
    say: () => {},
  } as const;
  const feed = await openTail(settings, box);
  await until(() => expect(seen).toEqual([1, 2]));
  appendFileSync(path, lines(3));
  judge();
  await until(() => expect(seen).toEqual([1, 2, 3]));
  await feed.close();
  await positions.close();
  await sees(await follow(path), 3);
});

test("a damaged file of positions is logged, and files are read from their beginning", async () => {
  const path = join(folder(), "a.json");
  writeFileSync(path, lines(1));
  writeFileSync(`${path}.state`, "{");
  const tail = await follow(path);
  await sees(tail, 1);
  expect(tail.said).toEqual([`Cannot read file positions from ${path}.state: it is damaged`]);
});

const program = `
import { appendFileSync } from "node:fs";
import { openPositions } from ${JSON.stringify(join(import.meta.dirname, "positions.ts"))};
import { openTail } from ${JSON.stringify(join(import.meta.dirname, "tail.ts"))};
const [path, out] = process.argv.slice(2);
const decode = (text, { time }) => ({ documents: [{ time, value: [Buffer.from(text).toString()] }], refused: [] });
const offer = (documents) => {
  appendFileSync(out, documents.map(({ value }) => value[0] + "\\n").join(""));
  return Promise.resolve();
};
const positions = openPositions(path + ".state", console.error);
openTail({ source: "x", path, start: "beginning", maxLine: 1000, decode, positions, say: console.error }, { waiting: 0, offer });
`;

test("every line is evaluated at least once across kills, while a writer writes and rotates", async () => {
  const at = folder();
  const path = join(at, "a.log");
  const out = join(folder(), "out");
  const script = join(at, "program.ts");
  writeFileSync(script, program);
  writeFileSync(path, "");
  writeFileSync(out, "");
  const start = (): ChildProcess => spawn(process.execPath, [script, path, out], { stdio: "inherit" });
  let child = start();
  await until(() => expect(existsSync(`${path}.state`)).toBe(true)); // a path that was never followed has no past
  let n = 0;
  const evaluated = () => new Set(readFileSync(out, "utf8").split("\n"));
  for (let round = 0; round < 6; round++) {
    const before = evaluated().size;
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 25; j++) appendFileSync(path, `line number ${n++} of the test\n`);
      await wait(5);
      if (i === 20 && round % 2 === 0) {
        if (existsSync(`${path}.2`)) renameSync(`${path}.2`, `${path}.3`);
        if (existsSync(`${path}.1`)) renameSync(`${path}.1`, `${path}.2`);
        renameSync(path, `${path}.1`);
        writeFileSync(path, "");
      }
    }
    await until(() => expect(evaluated().size).toBeGreaterThan(before));
    child.kill("SIGKILL");
    child = start();
  }
  try {
    await until(() => {
      const lines = evaluated(); // also contains parts of lines, because a kill can interrupt a write
      expect(
        Array.from({ length: n }, (_, i) => `line number ${i} of the test`).filter((line) => !lines.has(line)),
      ).toEqual([]);
    });
  } finally {
    child.kill("SIGKILL");
  }
});

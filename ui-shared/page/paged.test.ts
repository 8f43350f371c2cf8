import { beforeEach, expect, test } from "vitest";

interface Fetched {
  readonly rows: readonly number[];
  readonly next: string | null;
}
interface Pages {
  readonly state: { readonly value: object };
  begin(fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<Fetched>): void;
  more(): void;
  close(): void;
}
// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { Pages }: { readonly Pages: new () => Pages } = await import(`${import.meta.dirname}/paged.ts`);

interface Sent {
  readonly list: string;
  readonly cursor: string | undefined;
  readonly signal: AbortSignal;
  readonly resolve: (page: Fetched) => void;
  readonly reject: (error: Error) => void;
}

let sent: Sent[] = [];
let pages: Pages;
beforeEach(() => {
  sent = [];
  pages = new Pages();
});

const fetchOf = (list: string) => (cursor: string | undefined, signal: AbortSignal) => {
  const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
  sent.push({ list, cursor, signal, resolve, reject });
  return promise;
};
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("the next page is fetched once, however often it is requested", async () => {
  pages.begin(fetchOf("a"));
  pages.more();
  sent[0]?.resolve({ rows: [1], next: "x" });
  await settled();
  for (let i = 0; i < 3; i++) pages.more();
  expect(sent.map(({ cursor }) => cursor)).toEqual([undefined, "x"]);
  sent[1]?.resolve({ rows: [2], next: null });
  await settled();
  expect(pages.state.value).toEqual({ rows: [1, 2], next: null, failure: undefined });
});

test("the next page of a previous list is not added to another list", async () => {
  pages.begin(fetchOf("a"));
  sent[0]?.resolve({ rows: [1], next: "x" });
  await settled();
  pages.more();
  pages.begin(fetchOf("b"));
  expect(sent[1]?.signal.aborted).toBe(true);
  sent[2]?.resolve({ rows: [7], next: "y" });
  await settled();
  sent[1]?.resolve({ rows: [2], next: "z" });
  await settled();
  expect(pages.state.value).toEqual({ rows: [7], next: "y", failure: undefined });
  pages.more();
  expect(sent.at(-1)).toMatchObject({ list: "b", cursor: "y" });
});

test("after a failure, the next page can be requested again, unless the first page failed", async () => {
  pages.begin(fetchOf("a"));
  sent[0]?.resolve({ rows: [1], next: "x" });
  await settled();
  pages.more();
  sent[1]?.reject(new Error("No."));
  await settled();
  expect(pages.state.value).toEqual({ rows: [1], next: "x", failure: "No." });
  pages.more();
  expect(sent).toHaveLength(3);
  pages.begin(fetchOf("b"));
  sent[3]?.reject(new Error("No."));
  await settled();
  expect(pages.state.value).toEqual({ rows: [1], next: null, failure: "No." });
});

import { beforeEach, expect, test } from "vitest";

interface Requests {
  readonly resource: { readonly value: object };
  update(key: string, fetch: (signal: AbortSignal) => Promise<number>): void;
  close(): void;
}
// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { Requests }: { readonly Requests: new () => Requests } = await import(`${import.meta.dirname}/resource.ts`);

interface Sent {
  readonly signal: AbortSignal;
  readonly resolve: (value: number) => void;
  readonly reject: (error: Error) => void;
}

let sent: Sent[] = [];
let requests: Requests;
beforeEach(() => {
  sent = [];
  requests = new Requests();
});

function fetch(signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  sent.push({ signal, resolve, reject });
  return promise;
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("frequent new versions do not cancel a request; one request follows it", async () => {
  for (let i = 0; i < 5; i++) requests.update("a", fetch);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.signal.aborted).toBe(false);
  sent[0]?.resolve(1);
  await settled();
  expect(requests.resource.value).toMatchObject({ value: 1, loading: true });
  expect(sent).toHaveLength(2);
  sent[1]?.resolve(2);
  await settled();
  expect(requests.resource.value).toMatchObject({ value: 2, loading: false });
  expect(sent).toHaveLength(2);
});

test("another key cancels the request, and the value is no longer current", async () => {
  requests.update("a", fetch);
  sent[0]?.resolve(1);
  await settled();
  requests.update("b", fetch);
  requests.update("b", fetch);
  requests.update("c", fetch);
  expect(sent.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
  expect(requests.resource.value).toMatchObject({ value: undefined, previous: 1, loading: true });
  sent[1]?.resolve(2);
  await settled();
  expect(requests.resource.value).toMatchObject({ value: undefined });
  sent[2]?.reject(new Error("No."));
  await settled();
  expect(requests.resource.value).toEqual({ value: undefined, previous: undefined, failure: "No.", loading: false });
});

test("a failure is stated beside the last value", async () => {
  requests.update("a", fetch);
  sent[0]?.resolve(1);
  await settled();
  requests.update("a", fetch);
  sent[1]?.reject(new Error("No."));
  await settled();
  expect(requests.resource.value).toMatchObject({ value: 1, failure: "No.", loading: false });
});

test("no request follows after the component is closed", async () => {
  requests.update("a", fetch);
  requests.update("a", fetch);
  requests.close();
  sent[0]?.resolve(1);
  await settled();
  expect(sent).toHaveLength(1);
});

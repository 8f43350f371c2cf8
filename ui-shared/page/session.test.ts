import { afterEach, beforeEach, expect, test, vi } from "vitest";

interface Session {
  readonly user: string;
  readonly role: string;
  readonly csrf: string;
}
// The paths are not literals, so that TypeScript does not apply the types of the browser to the whole program.
const { session, signOut }: { session: { value: Session | null | undefined }; signOut(): Promise<string | undefined> } =
  await import(`${import.meta.dirname}/session.ts`);
const { api }: { api: { comment(id: string, text: string): Promise<unknown> } } = await import(
  `${import.meta.dirname}/../api/client.ts`
);

/** The session of the cookie. */
let current: Session;
let changes: number;
/** Overrides the response to a change. */
let answer: (() => Response) | undefined;

const failed = (status: number, code: string): Response =>
  Response.json({ error: { code, message: `${code}.` } }, { status });

beforeEach(() => {
  changes = 0;
  answer = undefined;
  session.value = { user: "rita", role: "responder", csrf: "old" };
  current = { user: "rita", role: "responder", csrf: "new" };
  vi.stubGlobal("fetch", async (_: string, { method, headers }: RequestInit) => {
    if (method === undefined) return Response.json(current);
    changes++;
    if (answer !== undefined) return answer();
    return new Headers(headers).get("x-eyas-csrf") === current.csrf
      ? Response.json({ done: true })
      : failed(403, "csrf");
  });
});
afterEach(() => vi.unstubAllGlobals());

test("a change is repeated after the user signed in again in another tab", async () => {
  await api.comment("1", "hm");
  expect([changes, session.value?.csrf]).toEqual([2, "new"]);
});

test("a change is not made for another user, and repeated only once", async () => {
  current = { ...current, user: "ada" };
  await expect(api.comment("1", "hm")).rejects.toThrow("You are now signed in as ada.");
  expect([changes, session.value?.user]).toEqual([1, "ada"]);
  answer = () => failed(403, "csrf");
  await expect(api.comment("1", "hm")).rejects.toThrow("csrf.");
  expect(changes).toBe(3);
});

test("a user who is not signed out remains signed in on the page", async () => {
  answer = () => failed(503, "journal");
  expect(await signOut()).toBe("journal.");
  expect(session.value?.user).toBe("rita");
  answer = () => failed(401, "not_signed_in");
  expect(await signOut()).toBeUndefined();
  expect(session.value).toBeNull();
});

test("signing out succeeds after the user signed in again in another tab", async () => {
  expect(await signOut()).toBeUndefined();
  expect([changes, session.value]).toEqual([2, null]);
});

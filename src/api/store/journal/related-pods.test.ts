import { afterAll, expect, test, vi } from "vitest";
import type { Entry } from "../../../alert/entry.ts";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { everything } from "../../filter/filter.ts";
import type { Related } from "../store.ts";
import { journalStore } from "./journal-store.ts";

// Stops the clock, so that searches do not reach their time limit.
vi.spyOn(performance, "now").mockReturnValue(0);
afterAll(() => vi.restoreAllMocks());

const START = Date.UTC(2026, 10, 27, 12);
const nanoseconds = (ms: number): bigint => BigInt(START + ms) * 1_000_000n;

/** An alert about a process in shop/web-1 started by an exec session. */
function ofSession(
  number: number,
  ms: number,
  command: string,
  began: number,
  more: Record<string, unknown> = {},
): Entry {
  return entry(
    number,
    { time: nanoseconds(ms), rule: "Process" },
    {
      ...{ "container.id": "c1", "k8s.pod.name": "web-1", "k8s.ns.name": "shop", "k8s.exec.command": command },
      ...{ "k8s.exec.time": new Date(START + began).toISOString(), ...more },
    },
  );
}

/** An alert about a request for shop/web-1, or for the pod in `more`. */
function request(number: number, ms: number, user: string, path: string, more: Record<string, unknown> = {}): Entry {
  return entry(
    number,
    { time: nanoseconds(ms), rule: "Request", source: "k8s_audit" },
    {
      ...{ "ka.auditid": `id-${number}`, "ka.user.name": user, "ka.target.name": "web-1" },
      ...{ "ka.target.namespace": "shop", "ka.uri": `/api/v1/namespaces/shop/pods/web-1/${path}`, ...more },
    },
  );
}

/** The related alerts of the first alert, as sequence numbers, and the actors of the first alert. */
async function relatedTo(
  ...entries: readonly Entry[]
): Promise<Pick<Related, "actors"> & { shown: readonly string[] }> {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append(entries);
  const store = journalStore(file);
  const { alerts } = await store.list(everything, { limit: 50, order: "oldest" });
  const { timeline, actors } = await store.related(alerts[0]?.id ?? "");
  const pids = new Map(alerts.map(({ id, fields }) => [id, fields["proc.pid"]]));
  store.close();
  writer.close();
  return { shown: timeline.map(({ id, relation }) => `${pids.get(id)} ${relation}`), ...(actors && { actors }) };
}

const exec = (...words: readonly string[]): string => `exec?${words.map((word) => `command=${word}`).join("&")}`;

test("the user of a session is known from an audit event that arrived after the alert of the session", async () => {
  const found = await relatedTo(
    ofSession(0, 1500, "sh -c id", 1000),
    ...[request(1, 900, "alice", exec("sh", "-c", "id")), request(2, 950, "bob", exec("env"))],
    request(3, -3_600_000, "carol", exec("sh", "-c", "id")),
    request(4, 900, "dave", exec("sh", "-c", "id"), { "ka.target.namespace": "dev" }),
  );
  expect(found).toEqual({
    actors: { users: ["alice"], certain: true, late: true },
    shown: ["1 request", "2 request"],
  });
});

test("two users who run the same command at the same time are both listed", async () => {
  const found = await relatedTo(
    ofSession(0, 1500, "sh", 1000),
    ...[request(1, 900, "alice", exec("sh")), request(2, 950, "bob", exec("sh"))],
    ofSession(3, 1600, "sh", 1100),
  );
  expect(found.actors).toEqual({ users: ["alice", "bob"], certain: false, late: true });
});

test("another session with the same command at the same time, but without a request, makes the user uncertain", async () => {
  const found = await relatedTo(
    ofSession(0, 1500, "sh", 1000),
    request(1, 900, "alice", exec("sh")),
    ofSession(2, 1600, "sh", 1100),
  );
  expect(found.actors).toEqual({ users: ["alice"], certain: false, late: true });
});

test("rejected requests, and requests reported by another installation, provide no actor", async () => {
  const found = await relatedTo(
    ofSession(0, 1500, "sh", 1000),
    request(1, 900, "alice", exec("sh"), { "ka.response.code": "403" }),
    { ...request(2, 900, "bob", exec("sh")), received: true },
  );
  expect(found).toEqual({ shown: ["1 request", "2 request"] });
});

const ofContainer = (number: number, ms: number, container: string, more: Record<string, unknown> = {}): Entry =>
  entry(
    number,
    { time: nanoseconds(ms), rule: "Process" },
    { "k8s.pod.name": "web-1", "k8s.ns.name": "shop", "container.id": "c1", "container.name": container, ...more },
  );

const debug = (number: number, ms: number, user: string, names: unknown): Entry =>
  request(number, ms, user, "ephemeralcontainers", { "ka.req.pod.ephemeralContainers.name": names });

test("the actor of a debug container is the user who first added the container", async () => {
  const found = await relatedTo(
    ofContainer(0, 5000, "debugger-x"),
    ...[debug(1, 3000, "alice", ["debugger-x"]), debug(2, 4000, "bob", "(other,debugger-x)")],
    debug(3, 2000, "carol", ["another"]),
    debug(4, 1000, "dave", ["debugger-x"]),
  );
  // The first request that names a container added the container.
  expect(found.actors).toEqual({ users: ["dave"], certain: true, late: true });
  const attach = (user: string) => request(2, 4000, user, "attach?container=debugger-x&stdin=true");
  const own = await relatedTo(
    ofContainer(0, 5000, "debugger-x"),
    debug(1, 3000, "alice", ["debugger-x"]),
    attach("alice"),
  );
  expect(own.actors).toEqual({ users: ["alice"], certain: true, late: true });
  const shared = await relatedTo(
    ofContainer(0, 5000, "debugger-x"),
    debug(1, 3000, "alice", ["debugger-x"]),
    attach("eve"),
  );
  expect(shared.actors).toEqual({ users: ["alice", "eve"], certain: false, late: true });
  const docker = await relatedTo(
    ofContainer(0, 5000, "k8s_debugger-x_web-1_shop_1_0"),
    debug(1, 3000, "alice", ["debugger-x"]),
  );
  expect(docker.actors).toEqual({ users: ["alice"], certain: true, late: true });
  expect((await relatedTo(ofContainer(0, 1000, "d"), debug(1, 9000, "bob", ["d"]))).actors).toBeUndefined();
  expect((await relatedTo(ofContainer(0, 1000, "web"), debug(1, 900, "bob", ["d"]))).actors).toBeUndefined();
});

test("users who have attached to a container with input are possible actors of its processes", async () => {
  const found = await relatedTo(
    ofContainer(0, 5000, "web"),
    ...[request(1, 1000, "bob", "attach?stdin=true"), request(2, 2000, "alice", "attach?container=web&stdin=1")],
    request(3, 3000, "carol", "attach?container=web&stdout=true"),
    request(4, 3000, "dave", "attach?container=side&stdin=true"),
    request(5, 9000, "erin", "attach?container=web&stdin=true"),
    request(6, 1000, "frank", "attach?container=web&stdin=true", { "ka.response.code": "403" }),
    { ...request(7, 1000, "grace", "attach?container=web&stdin=true"), received: true },
    request(8, 1000, "heidi", "portforward?ports=80"),
  );
  expect(found.actors).toEqual({ users: ["alice", "bob"], certain: false, late: true });
});

test("a process of an exec session is not attributed to an attach", async () => {
  const found = await relatedTo(
    ofSession(0, 5000, "sh", 4000, { "container.name": "web" }),
    request(1, 1000, "bob", "attach?container=web&stdin=true"),
  );
  expect(found.actors).toBeUndefined();
});

test("users named in the alert take precedence", async () => {
  const named = await relatedTo(
    ofSession(0, 1500, "sh", 1000, { "k8s.exec.user": "alice" }),
    request(1, 900, "bob", exec("sh")),
  );
  expect(named.actors).toEqual({ users: ["alice"], certain: true, late: false });
  const candidates = { "k8s.exec.candidates": ["alice", "bob"] };
  const uncertain = await relatedTo(ofSession(0, 1500, "sh", 1000, candidates), request(1, 900, "bob", exec("sh")));
  expect(uncertain.actors).toEqual({ users: ["alice", "bob"], certain: false, late: false });
});

test("a port-forward is related to processes of its pod, and a request from a pod to processes of the calling pod", async () => {
  const process = (number: number, ms: number, pod: string): Entry =>
    entry(number, { time: nanoseconds(ms) }, { "k8s.pod.name": pod, "k8s.ns.name": "shop" });
  const forwarded = await relatedTo(
    request(0, 1000, "alice", "portforward"),
    ...[process(1, 2000, "web-1"), process(2, 2000, "web-2"), process(3, 3_600_000, "web-1")],
  );
  expect(forwarded.shown).toEqual(["1 pod"]);
  const caller = { "ka.user.pod.name": "job-7", "ka.user.pod.namespace": "shop" };
  const call = request(0, 1000, "system:serviceaccount:shop:builder", "log", caller);
  expect((await relatedTo(call, process(1, 900, "job-7"), process(2, 900, "job-8"))).shown).toEqual(["1 pod"]);
  expect((await relatedTo(process(1, 900, "job-7"), call)).shown).toEqual(["0 call"]);
});

test("a flood of alerts does not displace the request", async () => {
  const flood = Array.from({ length: 1000 }, (_, i) => ofSession(i + 10, 2000 + i, "sh", 1000));
  const [first] = flood.splice(-1);
  if (first === undefined) throw new Error("there is no alert");
  const found = await relatedTo(first, ...flood, request(1, 900, "alice", exec("sh")));
  expect(found.actors).toEqual({ users: ["alice"], certain: true, late: true });
  expect(found.shown.filter((each) => each.endsWith(" request"))).toHaveLength(1);
});

import { expect, test } from "vitest";
import { type Container, container, hostContainer } from "./container-info.ts";
import { ContainerTable } from "./container-table.ts";
import { Thread } from "./thread.ts";

const web = container({ fullId: "a".repeat(64), name: "web" });
const thread = new Thread(1);

function tableAt(): { table: ContainerTable; clock: { now: number } } {
  const clock = { now: 0 };
  return { table: new ContainerTable(() => clock.now), clock };
}

test("a process outside containers belongs to the host", () => {
  const { table } = tableAt();
  expect(table.get("")).toBe(hostContainer);
  expect([hostContainer.id, hostContainer.name, hostContainer.type]).toEqual(["host", "host", "host"]);
  expect(table.get(web.id)).toBeUndefined();
});

test("metadata of a new container is requested once, and is pending until the response, for at most a second", () => {
  const { table, clock } = tableAt();
  const asked: string[] = [];
  table.seen(web.id, thread);
  expect(table.isAwaited(web.id)).toBe(false); // no runtime is connected
  table.request = (id) => {
    asked.push(id);
    return true;
  };
  table.seen(web.id, thread);
  table.seen(web.id, thread);
  expect(asked).toEqual([web.id]);
  expect(table.isAwaited(web.id)).toBe(true);
  clock.now = 999;
  expect(table.isAwaited(web.id)).toBe(true);
  clock.now = 1000;
  expect(table.isAwaited(web.id)).toBe(false);
  table.put(web);
  expect(table.get(web.id)).toBe(web);
  table.seen(web.id, thread);
  expect(asked).toHaveLength(1);
});

test("no event waits after a failed request, and the request is repeated after half a minute", () => {
  const { table, clock } = tableAt();
  let asked = 0;
  table.request = () => ++asked > 0;
  table.seen(web.id, thread);
  table.fail(web.id);
  expect(table.isAwaited(web.id)).toBe(false);
  table.seen(web.id, thread);
  expect(asked).toBe(1);
  clock.now = 31_000;
  table.seen(web.id, thread);
  expect(asked).toBe(2);
});

test("events wait for other metadata too, although the container is known", () => {
  const { table, clock } = tableAt();
  table.put(web);
  table.expect(web.id);
  table.put(web);
  expect(table.isAwaited(web.id)).toBe(true);
  table.arrived(web.id);
  expect(table.isAwaited(web.id)).toBe(false);
  table.expect(web.id);
  clock.now = 1000;
  expect(table.isAwaited(web.id)).toBe(false);
});

test("a container is stored for a minute after its end", () => {
  const { table, clock } = tableAt();
  const other = container({ fullId: "b".repeat(64) });
  table.put(web);
  table.put(other);
  table.end(web.id);
  clock.now = 59_000;
  table.end(other.id);
  expect(table.get(web.id)).toBe(web);
  clock.now = 61_000;
  table.end(other.id);
  expect(table.get(web.id)).toBeUndefined();
  expect(table.get(other.id)).toBe(other);
});

test("memory is bounded: ended containers are dropped first, then the oldest", () => {
  const { table } = tableAt();
  table.put(web);
  for (let i = 0; i < 8192; i++) table.put(container({ fullId: String(i).padStart(64, "0"), id: `c${i}` }));
  expect(table.size).toBe(8192);
  expect(table.get(web.id)).toBeUndefined();
  table.end("c5000");
  table.put(web);
  expect(table.get("c5000")).toBeUndefined();
  expect(table.get("c0")).toBeDefined();
});

test("only addresses of known containers are found", () => {
  const { table } = tableAt();
  expect(table.hasAddress("\x0a\0\0\x01")).toBe(false);
  table.put({ ...web, ip: "10.0.0.1" });
  expect([table.address(web.id), table.hasAddress("\x0a\0\0\x01")]).toEqual(["\x0a\0\0\x01", true]);
  table.put({ ...web, ip: "" });
  expect([table.address(web.id), table.hasAddress("\x0a\0\0\x01")]).toEqual([undefined, false]);
  table.put({ ...web, ip: "no address" });
  expect(table.address(web.id)).toBeUndefined();
  table.clear();
  expect(table.hasAddress("\x0a\0\0\x01")).toBe(false);
});

test("starts and ends are reported once, including containers that were known before reports were enabled", () => {
  const { table } = tableAt();
  const seen: string[] = [];
  const news = {
    started: ({ name }: Container) => seen.push(`+${name}`),
    ended: ({ name }: Container) => seen.push(`-${name}`),
  };
  table.put(web);
  table.follow(news);
  table.put(web);
  const job = container({ fullId: "b".repeat(64), name: "job" });
  table.put(job, false); // a runtime will describe the container later
  table.end(job.id);
  table.put(job);
  table.end(job.id);
  table.end(job.id);
  table.put(job);
  expect(seen).toEqual(["+web", "+job", "-job", "+job"]);
});

test("a late response to a request does not report a container that has ended as started again", () => {
  const { table } = tableAt();
  const news: string[] = [];
  table.follow({
    started: ({ name }) => news.push(`started ${name}`),
    ended: ({ name }) => news.push(`ended ${name}`),
  });
  table.request = () => true;
  table.seen(web.id, thread);
  table.put(web); // the event of the runtime was faster
  table.end(web.id);
  const late = { ...web };
  table.answered(late);
  expect(news).toEqual(["started web", "ended web"]);
  expect(table.get(web.id)).toBe(late);
  table.put(web); // the same container is started again
  expect(news).toEqual(["started web", "ended web", "started web"]);
});

test("a start that the runtime describes after the exit of the process is not reported again", () => {
  const { table } = tableAt();
  const news: string[] = [];
  table.follow({
    started: ({ name }) => news.push(`started ${name}`),
    ended: ({ name }) => news.push(`ended ${name}`),
  });
  table.put(web); // created
  table.exit(web.id);
  const late = { ...web };
  table.put(late); // started
  expect(news).toEqual(["started web", "ended web"]);
  expect(table.get(web.id)).toBe(late);
  table.end(web.id);
  table.put(web); // the same container is started again
  expect(news).toEqual(["started web", "ended web", "started web"]);
});

test("a container whose process exited before the runtime described it is reported once", () => {
  const { table } = tableAt();
  const news: string[] = [];
  table.follow({
    started: ({ name }) => news.push(`started ${name}`),
    ended: ({ name }) => news.push(`ended ${name}`),
  });
  table.put(web, false); // known from Kubernetes only
  table.exit(web.id);
  table.put(web);
  table.end(web.id);
  table.end(web.id);
  expect(news).toEqual(["started web", "ended web"]);
});

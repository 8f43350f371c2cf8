import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { type Container, container } from "../../machine/container-info.ts";
import type { ContainerSink, Runtime } from "./runtime.ts";
import { watchRuntimes } from "./watch.ts";

const options = { longestLabel: 100, timeout: 5000 };
const of = (id: string): Container => container({ fullId: id.repeat(64), type: "docker" });
const [stays, ends, restarts] = [of("a"), of("b"), of("c")];

// A real runtime cannot be made to send an event at this moment; docker.live.test.ts and other tests use real runtimes.
test("a container that ends while the list of containers is read is not added again", async () => {
  const root = mkdtempSync(join(tmpdir(), "eyas-watch-"));
  writeFileSync(join(root, "socket"), "");
  let events: ContainerSink | undefined;
  const runtime: Runtime = {
    name: "docker",
    async list() {
      events?.end(ends.id);
      events?.end(restarts.id);
      events?.put(restarts);
      return [stays, ends, restarts];
    },
    lookUp: async () => undefined,
    follow(sink, begun, signal) {
      events = sink;
      begun();
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    close() {},
  };
  const news: string[] = [];
  const sink: ContainerSink = {
    put: ({ id }) => void news.push(`put ${id}`),
    end: (id) => void news.push(`end ${id}`),
  };
  const reports = { found() {}, disconnected() {} };
  const runtimes = await watchRuntimes([{ socket: "socket", open: async () => runtime }], root, options, sink, reports);
  events?.end(stays.id);
  await runtimes.close();
  rmSync(root, { recursive: true });
  expect(news).toEqual([
    `end ${ends.id}`,
    `end ${restarts.id}`,
    `put ${restarts.id}`,
    `put ${stays.id}`,
    `put ${restarts.id}`,
    `end ${stays.id}`,
  ]);
});

test("containers of a user's runtime have an owner, and their labels name no pod", needs("root"), async () => {
  const root = mkdtempSync(join(tmpdir(), "eyas-watch-"));
  const owner = 1000;
  writeFileSync(join(root, "socket"), "");
  chownSync(join(root, "socket"), owner, owner);
  const labels = new Map([
    ["team", "shop"],
    ["io.kubernetes.pod.name", "victim"],
  ]);
  const made = { ...stays, labels };
  const runtime: Runtime = {
    name: "podman",
    list: async () => [made],
    lookUp: async () => made,
    follow(sink, begun, signal) {
      sink.put(made);
      begun();
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    close() {},
  };
  const found: Container[] = [];
  const sink: ContainerSink = { put: (one) => void found.push(one), end() {} };
  const reports = { found() {}, disconnected() {} };
  const runtimes = await watchRuntimes([{ socket: "socket", open: async () => runtime }], root, options, sink, reports);
  const asked = await new Promise<Container | undefined>((resolve) => runtimes.ask(stays.id, resolve));
  await runtimes.close();
  rmSync(root, { recursive: true });
  const owned = { ...stays, owner, labels: new Map([["team", "shop"]]) };
  expect([...found, asked]).toEqual([owned, owned, owned]);
});

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { alertOf, requestOf } from "../../../../test/response/process.ts";
import { withFallbacks } from "../../parameters.ts";
import { action } from "./block.ts";
import { networkOf, whyProtected } from "./protected-address.ts";

const targetOf = (fields: Record<string, string>, given: Record<string, unknown> = {}) =>
  action.target(alertOf(fields), withFallbacks(action.parameters, given));

describe("the address of host:block", () => {
  test("is the remote address in canonical form", () => {
    expect(targetOf({ "fd.rip": "203.0.113.9", "fd.sip": "198.51.100.1" })).toEqual({ target: "address 203.0.113.9" });
    expect(targetOf({ "fd.rip": "2001:DB8:0::7" })).toEqual({ target: "address 2001:db8::7" });
    expect(targetOf({ "fd.rip": "::ffff:203.0.113.9" })).toEqual({ target: "address 203.0.113.9" });
    expect(targetOf({ "net.src.ip": "203.0.113.9" }, { field: ["net.dst.ip"] })).toHaveProperty("missing");
  });

  test("is the first address that is not protected", () => {
    expect(targetOf({ "fd.sip": "127.0.0.1", "fd.cip": "203.0.113.9" })).toEqual({ target: "address 203.0.113.9" });
    const except = ["203.0.113.0/24"];
    expect(targetOf({ "fd.sip": "203.0.113.9", "fd.cip": "198.51.100.1" }, { except })).toEqual({
      target: "address 198.51.100.1",
    });
  });

  test("is not the local address if the remote address is protected or invalid", async () => {
    const local = { "fd.sip": "10.1.2.3", "fd.cip": "10.1.2.3" };
    const alert = alertOf({ "fd.rip": "169.254.169.254", ...local });
    expect(await action.run(requestOf(alert, withFallbacks(action.parameters, {})))).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("169.254.169.254"),
    });
    expect(targetOf({ "fd.rip": "1.1.1.1;", ...local })).toHaveProperty("missing");
  });

  test("is never a protected address", async () => {
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const never = [
      "127.0.0.53",
      "0.0.0.0",
      "169.254.169.254",
      "224.0.0.1",
      "255.255.255.255",
      "::1",
      "::",
      "fe80::1",
      "ff02::1",
    ];
    for (const address of [...never, ...own.map((each) => each.address)]) {
      const request = requestOf(alertOf({ "fd.rip": address }), withFallbacks(action.parameters, {}));
      expect(await action.run(request), address).toMatchObject({ outcome: "skipped" });
    }
    expect(whyProtected("203.0.113.9", ["203.0.113.9"])).toContain('203.0.113.9 matches 203.0.113.9 in "except"');
    expect(whyProtected("203.0.113.9", ["203.0.112.0/23"])).toContain('203.0.113.9 matches 203.0.112.0/23 in "except"');
    expect(whyProtected("203.0.113.9", ["10.0.0.0/8", "2001:db8::/32"])).toBeUndefined();
  });

  test("is a valid address, never other text", async () => {
    for (const [why, text] of Object.entries(hostile)) {
      for (const value of [text, `203.0.113.9${text}`, `203.0.113.9 ${text}`, `2001:db8::1%${text}`]) {
        const found = targetOf({ "fd.rip": value });
        if ("target" in found) expect(found.target, why).toBe("address 2001:db8::1");
      }
    }
    const request = requestOf(alertOf({ "fd.rip": "1.1.1.1; flush ruleset" }), withFallbacks(action.parameters, {}));
    expect(await action.run(request)).toMatchObject({ outcome: "failed" });
  });
});

test("invalid networks are rejected", () => {
  const { except } = action.parameters;
  expect(except!.check(["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"])).toEqual([
    "10.0.0.0/8",
    "2001:db8::/32",
    "192.0.2.1",
  ]);
  for (const text of ["10.0.0.0/33", "10.0.0/8", "example.org", "", "10.0.0.0/8/8", "::/129", "fe80::1%lo", "/8"]) {
    expect(except!.check([text]), text).toBeUndefined();
  }
  expect(networkOf("10.1.2.3")).toEqual({ address: "10.1.2.3", prefix: 32 });
});

const mark = `eyas-${process.pid}`;
const [machine, neighbour] = [`${mark}-a`, `${mark}-b`];
const ip = (...words: readonly string[]): string =>
  execFileSync("ip", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

describe("host:block in a network namespace", needs("network namespaces", "nft"), () => {
  const nft = (...words: readonly string[]): string =>
    execFileSync("ip", ["netns", "exec", machine, "nft", ...words], { encoding: "utf8" });
  let server: ChildProcess;
  beforeAll(async () => {
    ip("netns", "add", machine);
    ip("netns", "add", neighbour);
    ip("-n", machine, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", neighbour);
    for (const [name, end] of [
      [machine, 1],
      [neighbour, 2],
    ] as const) {
      ip("-n", name, "addr", "add", `10.77.0.${end}/24`, "dev", "eth0");
      ip("-n", name, "addr", "add", `fd77::${end}/64`, "dev", "eth0", "nodad");
      ip("-n", name, "link", "set", "lo", "up");
      ip("-n", name, "link", "set", "eth0", "up");
    }
    nft("add", "table", "inet", "filter");
    const greet =
      'require("net").createServer((s) => { s.on("error", () => {}); s.write("hello"); s.on("data", () => s.write("yes")); })' +
      '.listen(7777, "::", () => console.log("ready"))';
    server = spawn("ip", ["netns", "exec", neighbour, process.execPath, "-e", greet], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await new Promise((resolve) => server.stdout?.once("data", resolve));
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
    for (const name of [machine, neighbour]) spawnSync("ip", ["netns", "del", name]);
  });

  test.each([
    ["10.77.0.2", "fd77::2"],
    ["fd77::2", "10.77.0.2"],
  ])(
    "%s is blocked for the given time, and %s is not",
    async (blocked, other) => {
      const script = join(import.meta.dirname, "../../../../test/response/block.ts");
      const found = spawnSync("ip", ["netns", "exec", machine, process.execPath, script, blocked, other], {
        encoding: "utf8",
      });
      expect(found.stderr).toBe("");
      expect(JSON.parse(found.stdout)).toEqual({
        before: [true, true],
        outcome: ["done", "done"],
        meanwhile: [false, true],
        heard: false,
        after: [true, true],
        inOnly: ["done", false, true],
      });
    },
    180_000,
  );

  test("other tables stay unchanged, and the table of Eyas contains only its rules", () => {
    const rules = nft("list", "table", "inet", "eyas");
    expect(rules.match(/drop/g)).toHaveLength(8);
    expect(nft("list", "tables")).toBe("table inet filter\ntable inet eyas\n");
    expect(existsSync("/tmp/eyas-was-here")).toBe(false);
  });
});

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { requestFor } from "../../../../../test/response/alert.ts";
import { hostile } from "../../../../../test/response/hostile.ts";
import { startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import { type ExecServer, execServer } from "../../../../../test/stand-in/kubernetes/exec.ts";
import { object, podFacts } from "../../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import { action as download } from "./download.ts";
import { action as exec } from "./exec.ts";
import { action as log } from "./log.ts";
import { action as script } from "./script.ts";
import { action as tcpdump } from "./tcpdump.ts";

describe("against a stand-in that implements the documented protocol strictly and runs the commands", () => {
  let cluster: TestCluster;
  let execs: ExecServer;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    execs = execServer();
    cluster.server.exec = execs.serve;
  });

  const web = (more = {}) => cluster.about("shop", "web-1", more);

  it("runs a command with the alert in its environment", async () => {
    const command = 'echo "$FD_NAME|$PROC_ANAME_2|$PROC_PID|$RULE|$TAGS|$EVT_RES"; echo oh >&2';
    const fields = { "fd.name": "/etc/shadow", "proc.aname[2]": "sh", "proc.pid": 7, "evt.res": null };
    expect(await cluster.run(exec, web(fields), { command })).toEqual({
      outcome: "done",
      answer: "ran in container app of pod shop/web-1: /etc/shadow|sh|7|Read sensitive file|T1555,filesystem| | oh",
    });
    expect([...cluster.server.needed].sort()).toEqual(["create pods/exec", "get pods", "get pods/exec"]);
  });

  it("runs nothing because of a failed request", async () => {
    const output = { target: "local:file", parameters: { destination: "/proc/none" } };
    for (const [action, given] of [
      [exec, { command: "true" }],
      [script, { script: "true" }],
      [download, { file: "/etc/hostname", output }],
      [tcpdump, { output }],
    ] as const)
      expect(await cluster.run(action, web({ "ka.response.code": "403" }), given), action.name).toMatchObject({
        outcome: "skipped",
      });
    expect(cluster.server.asked).toEqual([]);
  });

  it("reports the exit code", async () => {
    expect(await cluster.run(exec, web(), { command: "echo no >&2; exit 3" })).toEqual({
      outcome: "failed",
      reason: "exit code 3 in container app of pod shop/web-1: no",
    });
  });

  it.each([["v5.channel.k8s.io"], ["v4.channel.k8s.io"]])(
    "runs a script on the standard input of the shell, over %s",
    async (protocol) => {
      execs.protocols = [protocol];
      const text = 'for i in 1 2; do\n  echo "$i $FD_NAME"\ndone\n[ -t 0 ] && echo terminal\ntrue';
      expect(await cluster.run(script, web({ "fd.name": "a b" }), { script: text })).toEqual({
        outcome: "done",
        answer: "ran in container app of pod shop/web-1: 1 a b 2 a b",
      });
      expect(execs.commands[0]?.input).toBe(protocol.startsWith("v5") ? text : `${text}\nexit\n`);
      expect(execs.commands[0]?.command.at(-1)).toBe("/bin/sh");
      const failing = await cluster.run(script, web(), { script: "exit 9" });
      expect(failing).toMatchObject({
        outcome: "failed",
        reason: expect.stringContaining("exit code 9 in container app of pod shop/web-1"),
      });
    },
  );

  it("runs a script of any length from a file", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "eyas-script-")), "script");
    writeFileSync(file, `${"# what it does\n".repeat(20_000)}echo end`);
    expect(await cluster.run(script, web(), { file })).toMatchObject({ answer: expect.stringMatching(/: end$/) });
    expect(await cluster.run(script, web(), { file: "/nowhere/script" })).toEqual({
      outcome: "failed",
      reason: "cannot read the script /nowhere/script (ENOENT)",
    });
    expect(await cluster.run(script, web())).toMatchObject({ reason: "neither script nor file is set" });
  });

  it("uses the alert's container, or the first container with the shell", async () => {
    const containers = ["bare", "app", "sick"].map((name) => ({ name, image: "x" }));
    const containerStatuses = ["bare", "app", "sick"].map((name, i) => ({
      name,
      containerID: `containerd://${String(i).repeat(64)}`,
      state: name === "sick" ? { waiting: {} } : { running: {} },
    }));
    cluster.server.put("pods", { ...podFacts("shop", "many", {}, { containers }), status: { containerStatuses } });
    execs.paths.set("bare", "/nowhere");
    const many = (more = {}) => cluster.about("shop", "many", more);
    expect(await cluster.run(exec, many(), { command: "true" })).toEqual({
      outcome: "done",
      answer: "ran in container app of pod shop/many",
    });
    expect(execs.commands.map(({ container }) => container)).toEqual(["bare", "app"]);
    const own = await cluster.run(exec, many({ "container.id": "000000000000" }), { command: "true" });
    expect(own).toEqual({
      outcome: "failed",
      reason:
        'no container in pod shop/many could run the program: error executing command in container: exec: "env": executable file not found in $PATH',
    });
    expect(await cluster.run(exec, many(), { command: "exit 5" })).toMatchObject({ outcome: "failed" });
    expect(execs.commands).toHaveLength(5);
    cluster.server.put("pods", { ...podFacts("shop", "many", {}, { containers }), status: {} });
    expect(await cluster.run(exec, many(), { command: "true" })).toEqual({
      outcome: "skipped",
      reason: "no container in pod shop/many is running",
    });
  });

  it("adds metadata of the node on request", async () => {
    const labels = {
      "kubernetes.io/hostname": "host-1",
      "node.kubernetes.io/instance-type": "m5.large",
      "topology.kubernetes.io/zone": "eu-1a",
      "node-role.kubernetes.io/worker": "",
    };
    cluster.server.put("nodes", object("", "node-1", { spec: { providerID: "aws:///i-1" } }, { labels }));
    const command = 'echo "$NODE_HOSTNAME $NODE_INSTANCETYPE $NODE_ROLE $NODE_TOPOLOGY_ZONE $NODE_SPEC_PROVIDERID"';
    expect(await cluster.run(exec, web(), { command, additional_contexts: ["k8snode"] })).toMatchObject({
      answer: "ran in container app of pod shop/web-1: host-1 m5.large worker eu-1a aws:///i-1",
    });
  });

  it("adds metadata of the AWS machine on request", async () => {
    // A stand-in for the instance metadata service, which requires a token.
    const metadata = createServer(({ method, url = "", headers }, response) => {
      if (method === "PUT" && url === "/latest/api/token") return void response.end("the-token");
      if (headers["x-aws-ec2-metadata-token"] !== "the-token") return void response.writeHead(401).end();
      const pages: Readonly<Record<string, string>> = {
        "/latest/meta-data/placement/region": "eu-central-1",
        "/latest/meta-data/iam/info": '{"InstanceProfileArn":"arn:aws:iam::1:x","InstanceProfileId":"AIPA1"}',
      };
      response.writeHead(Object.hasOwn(pages, url) ? 200 : 404).end(pages[url]);
    });
    await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
    const address = metadata.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", `http://127.0.0.1:${port}`);
    const given = { command: 'echo "$AWS_REGION $AWS_INSTANCE_PROFILE_ARN"', additional_contexts: ["aws"] };
    const found = await cluster.run(exec, web(), given);
    metadata.closeAllConnections();
    await new Promise((resolve) => metadata.close(resolve));
    const without = await cluster.run(exec, web(), given);
    vi.unstubAllEnvs();
    expect(found).toMatchObject({ answer: expect.stringMatching(/: eu-central-1 arn:aws:iam::1:x$/) });
    expect(without).toEqual({
      outcome: "failed",
      reason: "this machine does not run on AWS, or cannot access the instance metadata service",
    });
  });

  it("is stopped at its timeout together with its program", async () => {
    const request = requestFor(
      exec,
      web(),
      { kubeconfig: cluster.server.kubeconfig, command: "sleep 60" },
      { signal: AbortSignal.timeout(300) },
    );
    expect(await exec.run(request)).toEqual({ outcome: "failed", reason: "timed out" });
  });

  it("reports why the API server denied the request", async () => {
    cluster.server.allowed = new Set(["get pods", "get pods/exec"]);
    const request = requestFor(exec, web(), { kubeconfig: cluster.server.kubeconfig, command: "true" });
    expect(await exec.run(request)).toEqual({
      outcome: "failed",
      reason:
        'the API server does not allow the request (403): pods/exec "web-1" is forbidden: User "system:serviceaccount:eyas:eyas" cannot create resource "pods/exec"',
    });
    execs.protocols = ["v1.channel.k8s.io"];
    expect(await cluster.run(exec, web(), { command: "true" })).toMatchObject({ outcome: "failed" });
  });

  it.each(Object.entries(hostile))("%s is a value of a variable, and nothing else", async (_, text) => {
    rmSync("/tmp/eyas-was-here", { force: true });
    const alert = web({ "fd.name": text, "proc.cmdline": [text, text], "k8s.pod.label[x]": text });
    const command =
      'printf "%s\\0%s\\0%s" "$FD_NAME" "$PROC_CMDLINE" "$K8S_POD_LABEL_X" | od -An -v -tx1 | tr -d " \\n"';
    const expected = Buffer.from(
      [text, `${text},${text}`, text].map((each) => each.toWellFormed()).join("\0"),
    ).toString("hex");
    const is = `test "$(${command})" = ${expected}`;
    const results = [cluster.run(exec, alert, { command: is }), cluster.run(script, alert, { script: is })];
    expect((await Promise.all(results)).map(({ outcome }) => outcome)).toEqual(["done", "done"]);
    expect(existsSync("/tmp/eyas-was-here")).toBe(false);
    for (const { command: words } of execs.commands)
      expect(words.filter((word) => word.startsWith("FD_NAME="))).toHaveLength(1);
  });

  it("passes only named variables of an alert that is too long for a URL", async () => {
    const long = "%".repeat(16_000);
    const fields = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`proc.acmdline[${i}]`, long]));
    const command = 'echo "${#PROC_ACMDLINE_3} ${#PROC_ACMDLINE_4}" "$(env | grep -c ACMDLINE)"';
    expect(await cluster.run(exec, web(fields), { command })).toMatchObject({
      answer: "ran in container app of pod shop/web-1: 16000 16000 2",
    });
  });

  it("shows the output of a container in one line without control characters", async () => {
    const command = "printf 'a\\033[2Jb\\n\\r\\342\\200\\256c'";
    expect(await cluster.run(exec, web(), { command })).toMatchObject({
      answer: "ran in container app of pod shop/web-1: a [2Jb c",
    });
  });

  it("fetches the last log lines of the first container with a log", async () => {
    cluster.server.logs.set("shop/web-1/app", "one\ntwo\nthree\n");
    expect(await cluster.run(log, web(), { tail_lines: "2" })).toEqual({
      outcome: "done",
      answer: "container app of pod shop/web-1 logged: two three",
    });
    cluster.server.logs.clear();
    expect(await cluster.run(log, web())).toEqual({
      outcome: "skipped",
      reason: "no container in pod shop/web-1 has a log",
    });
  });
});

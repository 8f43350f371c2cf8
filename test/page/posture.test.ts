import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Entry } from "../../src/alert/entry.ts";
import type { Posture } from "../../src/api/schemas/posture.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { needs } from "../parts/needs.ts";
import { webPod } from "../stand-in/kubernetes/shop.ts";
import { ApiServer } from "../stand-in/kubernetes/watched-api-server.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveAlerts,
  signIn,
  violations,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });
const HOSTILE = '<img src=x onerror="alert(1)">\u202e\u0007';

// Uses the stand-in of watched-api-server.ts as the cluster.
describe("posture", needs("browser", "openssl"), () => {
  const server = new ApiServer();
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    await server.open();
    fill(server);
    served = await serveAlerts([bound], "-o", `kubernetes.kubeconfig=${server.writeKubeconfig()}`);
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "viewer", "/posture");
    await rows().first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    await server.close();
  });

  const rows = () => page.locator(".findings tbody tr");
  const findings = (): Promise<string[]> => page.locator(".findings tbody th").allTextContents();

  it("lists findings, most severe first, with its coverage and the missing permissions", async () => {
    expect((await findings())[0]).toContain("Full access to the cluster");
    expect(await rows().first().textContent()).toContain("critical");
    expect(await page.locator(".heading").textContent()).toMatch(
      /1 pod in the cluster at https:\/\/127\.0\.0\.1:\d+, read at/,
    );
    expect(await page.getByRole("region", { name: "Missing data" }).textContent()).toContain(
      "Missing permission: list ingresses (networking.k8s.io). Not shown: ingresses without TLS.",
    );
  });

  it("links to the alert for the change that caused a finding", async () => {
    const link = rows().first().getByRole("link", { name: "Cluster-admin role bound" });
    expect(await rows().first().textContent()).toContain("bob");
    await link.click();
    await page.getByRole("heading", { level: 1, name: "Cluster-admin role bound" }).waitFor();
    await page.goBack();
    await rows().first().waitFor();
  });

  it("shows names of the cluster as text", async () => {
    const text = await page.locator(".findings").textContent();
    expect(text).toContain('<img src=x onerror="alert(1)">\\u202e\\x07');
    expect(await page.locator(".findings img").count()).toBe(0);
  });

  it.each([
    ["light", 1440],
    ["dark", 390],
  ] as const)("conforms to WCAG 2.2 AA and fits, %s theme, %d pixels wide", async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  });

  it("filters by kind, severity, namespace and text, and keeps the filter in the address", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page
      .getByRole("region", { name: "Workloads" })
      .getByRole("link", { name: /^Privileged container/ })
      .click();
    await eventually(findings).toEqual([expect.stringContaining("Privileged container")]);
    expect(new URL(page.url()).searchParams.get("kind")).toBe("privileged");
    await page.reload();
    await eventually(findings).toHaveLength(1);
    await page.goto(`${served.url}/posture`);
    await page.getByLabel("Severity", { exact: true }).selectOption("critical");
    await eventually(findings).toEqual([expect.stringContaining("Full access to the cluster")]);
    await page.getByLabel("Severity", { exact: true }).selectOption("");
    await page.getByLabel("Namespace", { exact: true }).selectOption("shop");
    await page.getByRole("searchbox").fill("web 30080");
    await eventually(findings).toEqual([expect.stringContaining("Service exposed on a port of every node")]);
    await page.getByRole("searchbox").fill("nothing like this");
    await eventually(() => page.getByText("No findings match.").count()).toBe(1);
  });

  it("follows a reading in progress, and shows what is not covered (mocked)", async () => {
    const answer = (await (
      await fetch(`${served.url}/api/v1/posture?limit=1`, { headers: bearer() })
    ).json()) as Posture;
    const [finding] = answer.findings;
    const covered = { workloads: "node", node: "n1", leftOut: 1234, notes: ["Incomplete, because of that."] };
    const answers = [
      JSON.stringify({ ...answer, state: "reading", read: null, findings: [], total: 0, next: null }),
      "{", // a failed response does not end the reading
      JSON.stringify({ ...answer, ...covered, findings: [finding], total: 1, next: null }),
    ];
    await page.route(/\/api\/v1\/posture/, (route) =>
      route.fulfill({
        contentType: "application/json",
        body: (answers.length > 1 ? answers.shift() : answers[0]) ?? "",
      }),
    );
    await page.goto(`${served.url}/posture`);
    await page.getByRole("button", { name: "Reading…" }).waitFor();
    await rows().first().waitFor();
    expect(await page.locator(".heading").textContent()).toContain("on node n1 of the cluster");
    expect(await page.getByRole("status").textContent()).toBe(
      "1 finding; the list is incomplete: 1,234 findings omitted because there are too many",
    );
    await page.getByText("Incomplete, because of that.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.unroute(/\/api\/v1\/posture/);
  });

  const bearer = () => ({ authorization: `Bearer ${served.tokens.viewer}` });

  it("opens with the keyboard, and links to the alerts on changes of an object", async () => {
    await page.goto(`${served.url}/rules`);
    await page.locator(".rules tbody tr").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("k");
    await rows().first().waitFor();
    await page.getByRole("link", { name: "Alerts for changes to Deployment web" }).first().click();
    await eventually(() => new URL(page.url()).searchParams.get("query")).toBe("ka.target.name = web");
  });

  it("sends no request to other hosts and violates no Content-Security-Policy", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

/** The alert about the creation of the binding. */
const bound: Entry = entry(
  1,
  {
    ...{ rule: "Cluster-admin role bound", source: "k8s_audit", priority: "Critical" },
    time: BigInt(Date.parse("2026-11-20T08:00:01Z")) * 1_000_000n,
  },
  {
    ...{ "ka.user.name": "bob", "ka.verb": "create", "ka.target.resource": "clusterrolebindings" },
    "ka.target.name": "open",
  },
);

function fill(server: ApiServer): void {
  server.put("pods", webPod());
  server.put("clusterrolebindings", {
    metadata: { name: "open", creationTimestamp: "2026-11-20T08:00:00Z" },
    roleRef: { kind: "ClusterRole", name: "cluster-admin" },
    subjects: [
      { kind: "Group", name: "system:authenticated" },
      { kind: "User", name: HOSTILE },
    ],
  });
  server.put("services", {
    metadata: { name: "web", namespace: "shop" },
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] },
  });
  const allowed = ["clusterroles", "roles", "clusterrolebindings", "rolebindings"].map(
    (resource) => `rbac.authorization.k8s.io/${resource}/list`,
  );
  server.allowed = new Set([...allowed, "/pods/list", "/services/list", "/persistentvolumes/list"]);
}

import { expect, test } from "vitest";
import { isDryRun, isDryRunEvent } from "./dry-run.ts";

const uri = "/api/v1/namespaces/shop/pods/web";

test.each([
  ["create", "", "?dryRun=All", true],
  ["update", "status", "?fieldManager=a&dryRun=All", true],
  ["patch", "", "?dry%52un=%41ll", true],
  ["create", "", "?dryRun=all", false],
  ["create", "", "?x=1?dryRun=All", false],
  ["create", "", "?x=1&dryRun=All;", false],
  ["create", "", "?x=1#&dryRun=All", true],
  ["create", "", "#?dryRun=All", true],
  ["create", "exec", "?command=sh&dryRun=All", false],
  ["create", "attach", "?dryRun=All", false],
  ["create", "portforward", "?dryRun=All", false],
  ["create", "proxy", "?dryRun=All", false],
  ["create", "token", "?dryRun=All", false],
  ["get", "", "?dryRun=All", false],
  ["list", "", "?dryRun=All", false],
  ["watch", "", "?dryRun=All", false],
  ["delete", "", "?dryRun=All", false],
])("%s %s %s: %s", (verb, subresource, query, expected) => {
  expect(isDryRun({ verb, subresource, uri: `${uri}${query}` })).toBe(expected);
});

test("a query with more pairs than an API server accepts is not a dry run", () => {
  const patch = (pairs: number) =>
    isDryRun({ verb: "patch", subresource: "", uri: `${uri}?dryRun=All${"&".repeat(pairs - 1)}` });
  expect([patch(10_000), patch(10_001)]).toEqual([true, false]);
});

test("a truncated event is not a dry run, since the rest of its query may make the API server ignore dryRun", () => {
  const annotations = { "audit.k8s.io/truncated": "true" };
  expect(isDryRunEvent({ verb: "patch", requestURI: `${uri}?dryRun=All`, annotations })).toBe(false);
});

test("a deletion is a dry run if its body specifies dryRun", () => {
  const event = (more: object) => ({ verb: "delete", requestURI: `${uri}?dryRun=All`, ...more });
  expect(isDryRunEvent(event({ requestObject: { dryRun: ["All"] } }))).toBe(true);
  expect(isDryRunEvent({ ...event({ requestObject: { dryRun: ["All"] } }), verb: "deletecollection" })).toBe(true);
  for (const more of [{}, { requestObject: {} }, { requestObject: { dryRun: "All" } }, { requestObject: null }])
    expect(isDryRunEvent(event(more))).toBe(false);
  expect(isDryRunEvent({ verb: "create", requestURI: `${uri}?dryRun=All` })).toBe(true);
  expect(isDryRunEvent({ verb: "create", requestURI: 1, objectRef: [] })).toBe(false);
});

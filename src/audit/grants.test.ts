import { expect, test } from "vitest";
import { allowsEverything } from "./grants.ts";

const rule = (verbs: readonly string[], resources: readonly string[], more: object = {}) => ({
  ...{ apiGroups: ["*"], verbs, resources },
  ...more,
});

test("a role allows everything with wildcards, or with all important verbs on all resources", () => {
  expect(allowsEverything([rule(["get"], ["pods"]), rule(["*"], ["*"])])).toBe(true);
  expect(allowsEverything([rule(["get", "list", "watch", "create", "update", "patch", "delete"], ["*"])])).toBe(true);
  expect(allowsEverything([rule(["list"], ["*"]), rule(["create", "patch"], ["*"]), rule(["delete"], ["*"])])).toBe(
    true,
  );
  expect(allowsEverything([rule(["watch", "create", "update", "deletecollection"], ["*"])])).toBe(true);
});

test("a role with some resources or verbs, or with names, does not", () => {
  expect(allowsEverything([rule(["*"], ["pods", "secrets"])])).toBe(false);
  // The verbs of the garbage collector's role.
  expect(allowsEverything([rule(["delete", "get", "list", "patch", "update", "watch"], ["*"])])).toBe(false);
  expect(allowsEverything([rule(["*"], ["*"], { resourceNames: ["one"] })])).toBe(false);
  expect(allowsEverything([rule(["*"], ["*/scale"]), { nonResourceURLs: ["*"], verbs: ["*"] }])).toBe(false);
  expect(
    [undefined, null, "*", [null, 7, { verbs: "*", resources: "*" }]].map((rules) => allowsEverything(rules)),
  ).toEqual([false, false, false, false]);
});

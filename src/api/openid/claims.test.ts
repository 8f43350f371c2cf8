import { expect, test } from "vitest";
import { claimAt, userOf } from "./claims.ts";

const settings = {
  ...{ user_claim: "preferred_username", roles_claim: "groups", default_role: "none" as const },
  roles: { viewer: ["watchers"], responder: ["soc"], admin: ["admins"] },
};
const roleOf = (groups: unknown, more: object = {}): string =>
  userOf({ preferred_username: "maria", groups }, { ...settings, ...more }).role;

test("the most privileged role that any value grants applies", () => {
  expect(roleOf(["watchers", "admins", "soc"])).toBe("admin");
  expect(roleOf("soc")).toBe("responder");
});

test("a user whose claims grant no role cannot sign in, unless there is a default role", () => {
  for (const groups of [
    undefined,
    null,
    [],
    ["Soc", "soc ", ["soc"]],
    "watchers soc",
    1,
    { 0: "soc" },
    [{ toString: "soc" }],
  ])
    expect(() => roleOf(groups)).toThrow("no value of the claim groups grants oidc:maria a role");
  expect(roleOf([], { default_role: "viewer" })).toBe("viewer");
  expect(roleOf(["soc"], { default_role: "viewer" })).toBe("responder");
});

test("a claim can be nested, and can have dots in its name", () => {
  expect(claimAt({ realm_access: { roles: ["a"] } }, "realm_access.roles")).toEqual(["a"]);
  expect(claimAt({ "https://example.org/roles": "a" }, "https://example.org/roles")).toBe("a");
  for (const name of ["constructor", "__proto__", "toString", "realm_access.constructor"])
    expect(claimAt({ realm_access: {} }, name)).toBeUndefined();
});

test("only claims that are valid user names are accepted as names", () => {
  const nameOf = (name: unknown): string => userOf({ preferred_username: name, groups: "soc" }, settings).name;
  expect(["maria", "m.b+c@example.org", "Zoë", "李"].map(nameOf)).toEqual([
    "oidc:maria",
    "oidc:m.b+c@example.org",
    "oidc:Zoë",
    "oidc:李",
  ]);
  for (const name of [undefined, "", " ", "a b", "a\u202eb", "a\nb", "<b>", "a:b", "-a", "a".repeat(129), 7, ["maria"]])
    expect(() => nameOf(name)).toThrow("the claim preferred_username is missing, or is not a valid user name");
});

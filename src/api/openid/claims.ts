import { at } from "../../transport/json.ts";
import { type Role, roles, type User } from "../user.ts";
import type { OpenIdSettings } from "./settings.ts";
import { SignInError } from "./sign-in-error.ts";

/** Verified claims about a user. */
export type Claims = Readonly<Record<string, unknown>>;

/** Maximum number of values of the roles claim. Users in large directories can be in hundreds of groups. */
const MAX_VALUES = 10_000;
/**
 * Valid user names. Letters and digits of any script are allowed; spaces are not, so that a name in a log is one word.
 */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,127}$/u;
/**
 * Prefix of the names of users of the provider. Names of users with tokens cannot contain a colon, so names are unique.
 */
const PREFIX = "oidc:";

/**
 * The value of a claim. A name with dots is a path, such as `realm_access.roles`, unless there is a claim with this
 * name.
 */
export function claimAt(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : at(claims, ...name.split("."));
}

/**
 * The user described by verified claims, with the most privileged role that the roles claim grants.
 * @throws SignInError if there is no valid name or no role
 */
export function userOf(
  claims: Claims,
  settings: Pick<OpenIdSettings, "user_claim" | "roles_claim" | "roles" | "default_role">,
): User {
  const name = claimAt(claims, settings.user_claim);
  if (typeof name !== "string" || !NAME.test(name))
    throw new SignInError("no_user", `the claim ${settings.user_claim} is missing, or is not a valid user name`);
  const values = valuesOf(claimAt(claims, settings.roles_claim));
  const granted = roles.filter((role) => settings.roles[role].some((value) => values.has(value)));
  const role: Role | "none" = granted.at(-1) ?? settings.default_role;
  if (role === "none")
    throw new SignInError("no_role", `no value of the claim ${settings.roles_claim} grants ${PREFIX}${name} a role`);
  return { name: PREFIX + name, role };
}

function valuesOf(claim: unknown): ReadonlySet<unknown> {
  if (typeof claim === "string") return new Set([claim]);
  return new Set(Array.isArray(claim) ? claim.slice(0, MAX_VALUES) : []);
}

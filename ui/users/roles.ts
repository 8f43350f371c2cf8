import type { Role } from "../../src/api/user.ts";

/** Permissions of each role. Each role includes the permissions of the roles before it. */
export const permissions: Readonly<Record<Role, string>> = {
  viewer: "read alerts, rules and the state of Eyas",
  responder: "also acknowledge, comment on, assign, snooze and close alerts, and manage cases",
  admin: "also change rules, responses, outputs and users",
};

export function isRole(text: string): text is Role {
  return Object.hasOwn(permissions, text);
}

/** All roles, the least privileged first. */
export const roles: readonly Role[] = Object.keys(permissions).filter(isRole);

import type { MarathonApp } from "../machine/workload.ts";
import type { Field } from "./field.ts";
import { labelFields, ofWorkload } from "./workload.ts";

/** The group of an app: `/shop` for `/shop/cart`, `/` for `/cart`. */
function groupOf(app: MarathonApp | undefined): string | undefined {
  return app === undefined ? undefined : app.id.slice(0, app.id.lastIndexOf("/")) || "/";
}

/** The last component of a path. */
function lastOf(path: string | undefined): string | undefined {
  return path === undefined || path === "/" ? path : path.slice(path.lastIndexOf("/") + 1);
}

/** Fields about Marathon apps and their groups. */
export const marathonFields: readonly Field[] = [
  ofWorkload("marathon.app.id", ({ marathon }) => marathon?.id, "The ID of the task's app, such as /shop/cart.", {
    about: "app",
    as: "name",
    title: "Marathon app",
    column: "marathon_app",
    aliases: ["marathon"],
  }),
  ofWorkload(
    "marathon.app.name",
    ({ marathon }) => lastOf(marathon?.id),
    "The last part of the app's ID, such as cart.",
  ),
  ...labelFields("marathon.app", ({ marathon }) => marathon?.labels, "app"),
  ofWorkload("marathon.group.id", ({ marathon }) => groupOf(marathon), "The ID of the app's group, such as /shop."),
  ofWorkload(
    "marathon.group.name",
    ({ marathon }) => lastOf(groupOf(marathon)),
    "The last part of the group's ID, such as shop.",
  ),
];

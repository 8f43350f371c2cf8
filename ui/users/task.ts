import type { UserListing } from "../../src/api/schemas/user.ts";

export type ListedUser = UserListing["users"][number];

/** Task of the open dialog. */
export type Task =
  | { readonly kind: "add" }
  | { readonly kind: "role" | "renew" | "remove"; readonly user: ListedUser }
  /** Shows a new token. */
  | { readonly kind: "token"; readonly name: string; readonly token: string };

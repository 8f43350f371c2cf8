import type { Action } from "./action.ts";

/** Brings an action in: its code is loaded where a response rule names it, and not before. */
export type LoadAction = () => Promise<Action>;

/** Everything that can be done about an alert, by its name. */
export const actions: Readonly<Record<string, LoadAction>> = {
  "host:kill": async () => (await import("./host/kill.ts")).action,
};

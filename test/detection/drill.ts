import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import type { Suite } from "./behaviour.ts";

export const drill: Suite = {
  title: "Drill",
  about: "The actions of `eyas drill`, at least one for each default rule: see [drill.md](drill.md).",
  open: async () => ({
    behaviours: SYSCALL_ACTIONS.map(({ name, rule, needs, act }) => ({ name, rules: [rule], needs, act })),
    close() {},
  }),
};

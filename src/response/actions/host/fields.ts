import { distinguishing, naming } from "../../../field/roles.ts";

/** Fields that actions on this machine read. */
export const hostFields: readonly string[] = [
  ...distinguishing("process", "program", "container", "file", "user"),
  ...distinguishing("peer", "server", "client", "local end", "source", "destination"),
  ...naming("namespace"),
];

import { distinguishingFields, nameFields } from "../../../field/roles.ts";

/** Fields that host actions read. */
export const hostFields: readonly string[] = [
  ...distinguishingFields("process", "program", "container", "file", "user"),
  ...distinguishingFields("peer", "server", "client", "local end", "source", "destination"),
  ...nameFields("namespace"),
];

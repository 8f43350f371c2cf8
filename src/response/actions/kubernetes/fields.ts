import { distinguishing, naming, targetFields } from "../../../field/roles.ts";

/** Fields that actions on a cluster read. */
export const clusterFields: readonly string[] = [
  ...naming("namespace"),
  ...distinguishing("pod"),
  ...targetFields,
  ...distinguishing("peer", "server"),
];

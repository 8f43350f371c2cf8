import { distinguishingFields, nameFields, targetFields } from "../../../field/roles.ts";

/** Fields that cluster actions read. */
export const clusterFields: readonly string[] = [
  ...nameFields("namespace"),
  ...distinguishingFields("pod"),
  ...targetFields,
  ...distinguishingFields("peer", "server"),
];

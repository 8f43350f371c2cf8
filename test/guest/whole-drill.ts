/**
 * Whether guests perform all actions of the drill and also record captures, which takes six times as long, and whether
 * the kernels of other Debian releases are tested, too (`npm run test:kernels`). Otherwise, few actions are performed
 * (actions.ts).
 */
export const isWholeDrill = process.env.EYAS_GUEST_DRILL === "all";

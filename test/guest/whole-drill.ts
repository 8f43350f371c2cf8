/**
 * Whether guests perform all actions of the drill and also record a capture, which takes three times as long, and whether
 * the kernels of other Debian releases are tested, too (`npm run test:kernels`). Otherwise, one action is performed for
 * each set of event types.
 */
export const isWholeDrill = process.env.EYAS_GUEST_DRILL === "all";

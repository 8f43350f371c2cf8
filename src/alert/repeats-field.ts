/** Field with the number of matches that an alert represents in addition to its own; see src/alert/folding/. */
export const REPEATS = "eyas.repeats";

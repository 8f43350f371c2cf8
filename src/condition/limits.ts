/**
 * Limits of conditions. The largest known rule has about 300 tests and lists of 2,000 items. Lists of indicators have
 * up to a million items.
 */
export const limits = {
  /** Maximum tests and operators of a condition, with macros expanded. */
  nodes: 50_000,
  /** Maximum list items of a condition, with lists expanded. */
  items: 1_000_000,
  /** Maximum errors of a condition. */
  errors: 100,
  /** Maximum characters of a word that gets a suggestion. */
  suggestion: 60,
  /** Maximum known words compared for a suggestion. */
  suggested: 20_000,
  /** Maximum characters of a condition with lists inserted. */
  text: 32 << 20,
  /** Maximum tests and operators of all rules, with macros expanded. */
  allNodes: 1_000_000,
  /** Maximum list items of all rules, with lists expanded. */
  allItems: 4_000_000,
} as const;

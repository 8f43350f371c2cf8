/**
 * Limits of conditions. The largest known rule has about 300 tests and lists of 2,000 items. Lists of indicators have
 * up to a million items.
 */
export const limits = {
  /** Maximum number of tests and operators in a condition, with macros expanded. */
  nodes: 50_000,
  /** Maximum number of list items in a condition, with lists expanded. */
  items: 1_000_000,
  /** Maximum number of errors reported for a condition. */
  errors: 100,
  /** Maximum length of a word for which a suggestion is made, in characters. */
  suggestion: 60,
  /** Maximum number of known words compared for a suggestion. */
  suggested: 20_000,
  /** Maximum length of a condition with lists inserted, in characters. */
  text: 32 << 20,
  /** Maximum number of tests and operators in all rules, with macros expanded. */
  allNodes: 1_000_000,
  /** Maximum number of list items in all rules, with lists expanded. */
  allItems: 4_000_000,
} as const;

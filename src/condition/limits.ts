/**
 * Limits of conditions. The largest known rule has some 300 tests and lists of 2,000 items; lists of indicators have up
 * to a million.
 */
export const limits = {
  /** Tests and operators of a condition, with macros expanded. */
  nodes: 50_000,
  /** Items of the lists of a condition, with lists expanded. */
  items: 1_000_000,
  /** Errors of a condition. */
  errors: 100,
  /** Characters of a word that gets a suggestion. */
  suggestion: 60,
  /** Known words that are compared for a suggestion. */
  suggested: 20_000,
  /** Characters of a condition with lists inserted. */
  text: 32 << 20,
  /** Tests and operators of all rules, with macros expanded. */
  allNodes: 1_000_000,
  /** Items of the lists of all rules, with lists expanded. */
  allItems: 4_000_000,
} as const;

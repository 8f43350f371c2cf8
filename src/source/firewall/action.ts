/** Normalized actions, by the words that firewalls use for them. */
const ACTIONS: Readonly<Record<string, string>> = {
  ...naming("accept", "accept accepted allow allowed pass passed permit permitted built"),
  ...naming("drop", "drop dropped deny denied block blocked discard discarded blackhole timeout"),
  ...naming("reject", "reject rejected reset"),
};

function naming(action: string, words: string): Record<string, string> {
  return Object.fromEntries(words.split(" ").map((word) => [word, action]));
}

/** Returns the normalized action: accept, drop, reject, or another word in lower case. */
export function actionOf(word: string | undefined): string | undefined {
  if (word === undefined || word === "") return undefined;
  const small = word.toLowerCase();
  return actionAmong(small) ?? small;
}

/**
 * Returns the normalized action in a log prefix such as `[UFW BLOCK]` or `FINAL_REJECT: `; undefined unless the prefix
 * contains exactly one action.
 */
export function actionInPrefix(prefix: string | undefined): string | undefined {
  if (prefix === undefined) return undefined;
  const found = new Set<string>();
  for (const word of prefix.toLowerCase().split(/[^a-z]+/)) {
    const action = word === "built" || word === "timeout" || word === "reset" ? undefined : actionAmong(word);
    if (action !== undefined) found.add(action);
  }
  return found.size === 1 ? [...found][0] : undefined;
}

function actionAmong(word: string): string | undefined {
  return Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
}

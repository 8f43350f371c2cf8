/** A node in a tree of prefixes; `end` if a prefix ends here. */
interface Branch {
  end: boolean;
  readonly next: Map<number, Branch>;
}

/** A test whether a text starts with one of many prefixes, in one pass. */
export function prefixTest(prefixes: readonly string[]): (text: string) => boolean {
  const root: Branch = { end: false, next: new Map() };
  for (const prefix of prefixes) {
    let at = root;
    for (let i = 0; i < prefix.length && !at.end; i++) {
      const code = prefix.charCodeAt(i);
      const next = at.next.get(code) ?? { end: false, next: new Map() };
      at.next.set(code, next);
      at = next;
    }
    at.end = true;
  }
  return (text) => {
    let at: Branch | undefined = root;
    for (let i = 0; at !== undefined; i++) {
      if (at.end) return true;
      at = at.next.get(text.charCodeAt(i));
    }
    return false;
  };
}

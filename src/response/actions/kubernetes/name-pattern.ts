/**
 * Returns a function that matches names against patterns in which `*` is any text. It does not backtrack, because an
 * attacker may choose the name.
 */
export function nameTest(patterns: readonly string[]): (name: string) => boolean {
  const tests = patterns.map(patternTest);
  return (name) => name !== "" && tests.some((test) => test(name));
}

function patternTest(pattern: string): (name: string) => boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of others) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}

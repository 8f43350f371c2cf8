/** Suffix of test files, which replaces the suffix of the rule file. */
const TEST = /\.test\.(ya?ml)$/;

export function isTestFile(name: string): boolean {
  return TEST.test(name);
}

/** Returns the default rule file of a test file. */
export function ruleFileOf(name: string): string {
  return name.replace(TEST, ".$1");
}

/** Returns the test file of a rule file. */
export function testFileOf(name: string): string {
  return name.replace(/\.(ya?ml)$/, ".test.$1");
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

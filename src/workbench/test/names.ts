/** Test files end so; the rest of the name is that of the rule file beside them. */
const TEST = /\.test\.(ya?ml)$/;

export function isTestFile(name: string): boolean {
  return TEST.test(name);
}

/** The rule file that a test file is about unless it says otherwise. */
export function twinOf(name: string): string {
  return name.replace(TEST, ".$1");
}

/** The test file of a rule file. */
export function testOf(name: string): string {
  return name.replace(/\.(ya?ml)$/, ".test.$1");
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

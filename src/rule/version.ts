/** The supported version of the rule language. Rule files state the version that they require. */
export const ENGINE_VERSION: Version = [0, 62, 0];

export type Version = readonly [major: number, minor: number, patch: number];

/** Parses `major.minor.patch` and ignores a suffix. Undefined if invalid. */
export function parseVersion(text: string): Version | undefined {
  const found = /^\s*\+?(\d+)\.\s*\+?(\d+)\.\s*\+?(\d+)/.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
}

export function printVersion(version: Version): string {
  return version.join(".");
}

/** Whether version `ours` satisfies `needed`: it has the same major version and is not older. */
export function satisfies(ours: Version, needed: Version): boolean {
  if (ours[0] !== needed[0]) return false;
  return ours[1] > needed[1] || (ours[1] === needed[1] && ours[2] >= needed[2]);
}

/** Falco's plugins that are built in, with the equivalent version. */
export const BUILT_IN_PLUGINS: ReadonlyMap<string, Version> = new Map([
  ["container", [0, 7, 0]],
  ["json", [0, 7, 4]],
  ["k8saudit", [0, 18, 0]],
  ["k8smeta", [0, 4, 1]],
]);

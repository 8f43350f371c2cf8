/** The version of the rule language we understand: rule files state the least they need. */
export const ENGINE_VERSION: Version = [0, 62, 0];

export type Version = readonly [major: number, minor: number, patch: number];

/** `major.minor.patch`; what follows is ignored. Undefined where the text is no version. */
export function parseVersion(text: string): Version | undefined {
  const found = /^\s*\+?(\d+)\.\s*\+?(\d+)\.\s*\+?(\d+)/.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
}

export function printVersion(version: Version): string {
  return version.join(".");
}

/** True where something of version `ours` does for what needs `needed`: the same major, and not older. */
export function satisfies(ours: Version, needed: Version): boolean {
  if (ours[0] !== needed[0]) return false;
  return ours[1] > needed[1] || (ours[1] === needed[1] && ours[2] >= needed[2]);
}

/** What other engines need a plugin for and this one does itself, with the plugin's version it corresponds to. */
export const BUILT_IN_PLUGINS: ReadonlyMap<string, Version> = new Map([
  ["container", [0, 7, 0]],
  ["json", [0, 7, 4]],
  ["k8saudit", [0, 18, 0]],
  ["k8smeta", [0, 4, 1]],
]);

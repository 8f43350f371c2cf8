import { didYouMean } from "../condition/did-you-mean.ts";
import { platformOf } from "./action.ts";
import type { LoadAction } from "./list.ts";

/**
 * Parameters from `responses.parameters`, by platform and name. They apply to rules that do not set them. Values are
 * written as in rules.
 */
export type SharedParameters = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Returns the shared value of an action's parameter; undefined if there is none. */
export function sharedFor(shared: SharedParameters | undefined, action: string, parameter: string): unknown {
  const platform = platformOf(action);
  const given = shared !== undefined && Object.hasOwn(shared, platform) ? shared[platform] : undefined;
  return given !== undefined && Object.hasOwn(given, parameter) ? given[parameter] : undefined;
}

/**
 * Returns the errors in shared parameters, one sentence each. All parameters are checked, even if no rule uses them.
 */
export async function sharedParameterErrors(
  shared: SharedParameters,
  actions: Readonly<Record<string, LoadAction>>,
): Promise<string[]> {
  const platforms = [...new Set(Object.keys(actions).map(platformOf))];
  const errors: string[] = [];
  for (const [platform, given] of Object.entries(shared)) {
    const at = `responses.parameters.${platform}`;
    if (!platforms.includes(platform)) {
      errors.push(`${at}: no action name begins with "${platform}:".${didYouMean(platform, platforms)}`);
      continue;
    }
    const loaded = await Promise.all(
      Object.entries(actions).flatMap(([name, load]) => (platformOf(name) === platform ? [load()] : [])),
    );
    const known = new Map(loaded.flatMap(({ parameters }) => Object.entries(parameters)));
    for (const [name, value] of Object.entries(given)) {
      const parameter = known.get(name);
      if (parameter === undefined) {
        errors.push(`${at}: no action of ${platform} has a parameter "${name}".${didYouMean(name, [...known.keys()])}`);
      } else if (value !== "" && parameter.check(value) === undefined) {
        errors.push(`${at}.${name} takes ${parameter.takes}`);
      }
    }
  }
  return errors;
}

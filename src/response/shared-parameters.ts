import { didYouMean } from "../condition/near.ts";
import type { LoadAction } from "./list.ts";

/**
 * Parameters of all actions of a kind, where a rule doesn't give them: by the kind (what is before the colon of the actions'
 * names) and the parameter's name. Values as a rule would have them.
 */
export type SharedParameters = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The value for a parameter of an action; undefined where there is none. */
export function sharedFor(shared: SharedParameters | undefined, action: string, parameter: string): unknown {
  const kind = kindOf(action);
  if (shared === undefined || !Object.hasOwn(shared, kind)) return undefined;
  return Object.hasOwn(shared[kind], parameter) ? shared[kind][parameter] : undefined;
}

/** What is wrong with them whatever rules say, a sentence each. */
export async function sharedParameterErrors(
  shared: SharedParameters,
  actions: Readonly<Record<string, LoadAction>>,
): Promise<string[]> {
  const kinds = [...new Set(Object.keys(actions).map(kindOf))];
  const mistakes: string[] = [];
  for (const [kind, given] of Object.entries(shared)) {
    const at = `responses.parameters.${kind}`;
    if (!kinds.includes(kind)) {
      mistakes.push(`${at}: no action's name begins with "${kind}:".${didYouMean(kind, kinds)}`);
      continue;
    }
    const ofKind = await Promise.all(
      Object.entries(actions).flatMap(([name, load]) => (kindOf(name) === kind ? [load()] : [])),
    );
    const known = new Map(ofKind.flatMap(({ parameters }) => Object.entries(parameters)));
    for (const [name, value] of Object.entries(given)) {
      const parameter = known.get(name);
      if (parameter === undefined) {
        mistakes.push(`${at}: no action of the kind has a parameter "${name}".${didYouMean(name, [...known.keys()])}`);
      } else if (value !== "" && parameter.check(value) === undefined) {
        mistakes.push(`${at}.${name} takes ${parameter.takes}`);
      }
    }
  }
  return mistakes;
}

function kindOf(action: string): string {
  return action.slice(0, action.indexOf(":"));
}

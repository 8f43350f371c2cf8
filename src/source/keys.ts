import { type Keys, type Leaf, list } from "../setting/shape.ts";
import type { Tree } from "../setting/tree.ts";
import { type CommonKeys, commonKeys } from "./origin/common-keys.ts";
import type { OriginDescriptor } from "./origin/descriptor.ts";
import { origins } from "./origin/list.ts";
import { type Origin, parseOrigin } from "./origin/parse.ts";

/** Origins of a source. The source is enabled if it has at least one origin. */
const from: Leaf<readonly Origin[]> = list(
  "origins such as /var/log/app.json or http://127.0.0.1:9765/path",
  "Origin of the events, or a list of origins. Setting this key enables the source. See docs/sources.md.",
  (tree: Tree, complain) => {
    if (tree.kind !== "scalar") return undefined;
    const origin = parseOrigin(tree.text);
    if (!("wrong" in origin)) return origin;
    complain(`Invalid origin "${tree.text}": ${origin.wrong}`, tree.place);
    return undefined;
  },
);

type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type OriginKeys = Intersection<(typeof origins)[number]["keys"]>;

/** Keys that every document source has, including the keys of all origins. */
export const sourceKeys: { readonly from: typeof from } & CommonKeys & OriginKeys = {
  from,
  ...commonKeys,
  ...(keysOf(origins) as OriginKeys), // one type for the keys of all origins
};

function keysOf(descriptors: readonly OriginDescriptor[]): Keys {
  return Object.assign({}, ...descriptors.map(({ keys }) => keys));
}

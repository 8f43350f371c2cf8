import type { GraphNode } from "./node.ts";

/** Maximum number of nodes in a graph. */
export const MAX_NODES = 250;
/** Maximum number of children of a node. */
export const MAX_CHILDREN = 16;
/** Maximum number of levels in a tree, and of levels above the alert of the incident. */
export const MAX_LEVELS = 40;
const MAX_ABOVE = 30;
/** Maximum length of a chain of processes without alerts. The middle of a longer chain is folded. */
const MAX_CHAIN = 4;

/** Replaces the middle of long chains of processes without alerts with one node. */
export function shortenChains(nodes: readonly GraphNode[]): GraphNode[] {
  return nodes.map((node) => {
    const chain = chainFrom(node);
    const last = chain.at(-1) ?? node;
    const end = { ...last, children: shortenChains(last.children) };
    if (chain.length <= MAX_CHAIN)
      return chain.slice(0, -1).reduceRight<GraphNode>((child, each) => ({ ...each, children: [child] }), end);
    const middle = chain.slice(1, -1);
    const folded: GraphNode = {
      ...(middle[0] ?? node),
      ...{ kind: "chain", name: "", children: [end], times: middle.map(({ from }) => from) },
      processes: middle.flatMap(({ processes }) => processes),
    };
    return { ...node, children: [folded] };
  });
}

/** A node and its descendants, as long as each is the only child of a process without alerts. */
function chainFrom(node: GraphNode): GraphNode[] {
  const chain = [node];
  for (let at: GraphNode | undefined = node; at !== undefined; ) {
    const [child, other]: readonly GraphNode[] = at.children;
    const goesOn: boolean = at.kind === "process" && child?.kind === "process" && other === undefined;
    at = goesOn && child?.isSubject === false ? child : undefined;
    if (at !== undefined) chain.push(at);
  }
  return chain;
}

/** Limits the number of children of each node, of levels, and of all nodes. */
export function bound(roots: readonly GraphNode[]): { readonly roots: GraphNode[]; readonly omitted: number } {
  const whole = pathToSubject(roots);
  const limited = limitChildren(roots, timeOfSubject(roots), whole);
  const near = limited.map((root) => ancestorNear(root, whole));
  // Breadth first, so that whole branches remain; the branch of the alert is never cut.
  const kept = pathToSubject(near);
  let level = near;
  for (let depth = 0; depth < MAX_LEVELS; depth++) {
    for (const { id } of level) if (kept.size < MAX_NODES) kept.add(id);
    level = level.flatMap(({ children }) => [...children]);
  }
  const prune = (nodes: readonly GraphNode[]): GraphNode[] =>
    nodes.filter(({ id }) => kept.has(id)).map((node) => ({ ...node, children: prune(node.children) }));
  const bounded = prune(near);
  return { roots: bounded, omitted: size(limited) - size(bounded) };
}

/** A root, or the highest node that is at most {@link MAX_ABOVE} levels above the alert of the incident. */
function ancestorNear(root: GraphNode, path: ReadonlySet<string>): GraphNode {
  const branch = [root];
  for (let at: GraphNode | undefined = root; at !== undefined; ) {
    at = at.children.find(({ id }) => path.has(id));
    if (at !== undefined) branch.push(at);
  }
  return branch.at(-MAX_ABOVE) ?? root;
}

function size(nodes: readonly GraphNode[]): number {
  let count = 0;
  for (let level = nodes; level.length > 0; level = level.flatMap(({ children }) => children)) count += level.length;
  return count;
}

/** IDs of the nodes that contain the alert of the incident, and of their ancestors. */
function pathToSubject(nodes: readonly GraphNode[], path = new Set<string>()): Set<string> {
  for (const node of nodes) {
    const before = path.size;
    pathToSubject(node.children, path);
    if (node.isSubject || path.size > before) path.add(node.id);
  }
  return path;
}

function timeOfSubject(nodes: readonly GraphNode[]): number {
  for (const node of nodes) {
    if (node.isSubject && node.kind === "alert") return node.from;
    const found = timeOfSubject(node.children);
    if (found > 0) return found;
  }
  return 0;
}

/** If a node has too many children, folds the children that are farthest in time from the alert. */
function limitChildren(nodes: readonly GraphNode[], time: number, path: ReadonlySet<string>): GraphNode[] {
  const distance = ({ id, from }: GraphNode): number => (path.has(id) ? -1 : Math.abs(from - time));
  const nearest = nodes.toSorted((a, b) => distance(a) - distance(b));
  const rest = new Set(nodes.length > MAX_CHILDREN ? nearest.slice(MAX_CHILDREN - 1) : []);
  const shown = nodes.filter((node) => !rest.has(node));
  const limited = shown.map((node) => ({ ...node, children: limitChildren(node.children, time, path) }));
  return rest.size === 0 ? limited : [...limited, foldOf([...rest])];
}

function foldOf(nodes: readonly GraphNode[]): GraphNode {
  const all = nodes.flatMap(withDescendants);
  const times = nodes.map(({ from }) => from).sort((a, b) => a - b);
  return {
    ...{ id: `more-${nodes[0]?.id}`, kind: "more", name: "", times, from: times[0] ?? 0, children: [] },
    processes: [...new Set(all.flatMap(({ processes }) => processes))],
    alerts: [...new Set(all.flatMap(({ alerts }) => alerts))],
    objects: [...new Set(all.flatMap(({ objects }) => objects))],
    isSubject: false,
  };
}

function withDescendants(node: GraphNode): GraphNode[] {
  return [node, ...node.children.flatMap(withDescendants)];
}

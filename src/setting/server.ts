import { type Complain, type Leaf, list, text } from "./shape.ts";
import type { Tree } from "./tree.ts";

/** A text that can't be empty: an empty one stands for the usual one. */
export function filled(fallback: string, about: string): Leaf<string> {
  return { ...text(fallback, about), read: (tree) => (tree.kind === "scalar" ? tree.text || fallback : undefined) };
}

/** An address with one of these schemes, or `host:port`. */
export function server(about: string, schemes: readonly string[]): Leaf<string> {
  const read = (tree: Tree, complain: Complain) => readServer(tree, complain, schemes);
  return { kind: "leaf", takes: "an address", fallback: "", about, read };
}

/** Such addresses; a comma separates them in one text. */
export function servers(about: string, schemes: readonly string[]): Leaf<readonly string[]> {
  return list("a list of text", about, (tree, complain) => readServer(tree, complain, schemes));
}

/** The complaint doesn't repeat the address: it may hold a password. */
function readServer(tree: Tree, complain: Complain, schemes: readonly string[]): string | undefined {
  if (tree.kind !== "scalar") return undefined;
  const addresses = tree.text.split(",").map((each) => each.trim());
  const good = addresses.every((each) => {
    const [scheme] = each.split("://");
    if (!each.includes("://")) return URL.canParse(`tcp://${each}`);
    return schemes.includes(scheme ?? "") && URL.canParse(each);
  });
  if (tree.text === "" || good) return tree.text;
  const begins = schemes.length === 0 ? "" : `, after ${schemes.map((each) => `${each}://`).join(" or ")}`;
  complain(`An address is a host, maybe with a port, like example.org:1234${begins}`, tree.place);
  return undefined;
}

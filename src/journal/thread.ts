import type { Entry } from "../alert/entry.ts";
import type { Counts, Kept, News } from "./keeper.ts";
import type { Progress } from "./output-status.ts";

/** What the writing thread is asked to do. */
export type Order =
  | { readonly kind: "keep"; readonly entries: readonly Entry[] }
  | { readonly kind: "place"; readonly name: string; readonly seq: number }
  | { readonly kind: "record"; readonly progress: Progress }
  | { readonly kind: "close" };

/** What it answers: `kept` and `recorded` in the order in which it was asked. */
export type Answer =
  | { readonly kind: "opened"; readonly last: number }
  | { readonly kind: "kept"; readonly kept: Kept }
  | { readonly kind: "recorded"; readonly done: boolean }
  | { readonly kind: "news"; readonly news: News }
  | { readonly kind: "counts"; readonly counts: Counts }
  | { readonly kind: "closed" };

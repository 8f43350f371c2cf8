import type { Entry } from "../alert/entry.ts";
import type { AppendResult, Counts, JournalNotice } from "./durable-writer.ts";
import type { Progress } from "./output-status.ts";
import type { Limits } from "./retention.ts";

/** Messages to the worker that writes the journal. */
export type WriterOrder =
  /** Writes alerts. With `hold`, alerts that cannot be written wait in memory. */
  | { readonly kind: "keep"; readonly entries: readonly Entry[]; readonly hold: boolean }
  | { readonly kind: "place"; readonly name: string; readonly seq: number }
  | { readonly kind: "record"; readonly progress: Progress }
  | { readonly kind: "limit"; readonly limits: Limits }
  | { readonly kind: "close" };

/** Messages from the worker. `kept` and `recorded` are sent in the order of the requests. */
export type WriterMessage =
  | { readonly kind: "opened"; readonly last: number }
  | { readonly kind: "kept"; readonly kept: AppendResult }
  | { readonly kind: "recorded"; readonly done: boolean }
  | { readonly kind: "news"; readonly news: JournalNotice }
  | { readonly kind: "counts"; readonly counts: Counts }
  | { readonly kind: "closed" };

import { additionKeys } from "./additions/keys.ts";
import { certificateKeys } from "./transport/keys.ts";

/** Keys of `outputs` that apply to all outputs in this section. */
export const sharedKeys = { ...certificateKeys, ...additionKeys } as const;

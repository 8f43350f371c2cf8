/** Counts alerts that were refused for lack of room. */
export interface Refusals {
  add(alerts: number): void;
  /** Call it about once a second; reports when no alert was refused since the last call. */
  tick(): void;
}

/** The first refused alert, and the number of refused alerts when alerts are accepted again. */
export type RefusalNotice = { readonly kind: "refusing" } | { readonly kind: "accepting"; readonly refused: number };

export function countRefusals(tell: (news: RefusalNotice) => void): Refusals {
  let refused = 0;
  let lately = 0;
  return {
    add(alerts) {
      if (alerts > 0 && refused === 0) tell({ kind: "refusing" });
      refused += alerts;
      lately += alerts;
    },
    tick() {
      if (refused > 0 && lately === 0) {
        tell({ kind: "accepting", refused });
        refused = 0;
      }
      lately = 0;
    },
  };
}

/** Counts alerts that were rejected because there was no space. */
export interface Rejections {
  add(alerts: number): void;
  /** Call about once a second. Reports that alerts are accepted again if no alert was rejected since the last call. */
  tick(): void;
}

/** Reports when alerts begin to be rejected, and the number of rejected alerts when alerts are accepted again. */
export type RejectionNotice = { readonly kind: "rejecting" } | { readonly kind: "accepting"; readonly refused: number };

export function countRejections(notify: (news: RejectionNotice) => void): Rejections {
  let refused = 0;
  let lately = 0;
  return {
    add(alerts) {
      if (alerts > 0 && refused === 0) notify({ kind: "rejecting" });
      refused += alerts;
      lately += alerts;
    },
    tick() {
      if (refused > 0 && lately === 0) {
        notify({ kind: "accepting", refused });
        refused = 0;
      }
      lately = 0;
    },
  };
}

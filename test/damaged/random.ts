/** A pseudo-random generator with a seed. */
export interface Random {
  /** Returns an integer from 0 to below `limit`. */
  below(limit: number): number;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return {
    below(limit) {
      state = (state + 0x6d2b79f5) >>> 0;
      let bits = Math.imul(state ^ (state >>> 15), state | 1);
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
      return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * limit);
    },
  };
}

/** Whole numbers from 0 to below a limit, the same for one seed: a linear congruential generator (Knuth's MMIX). */
export function seeded(seed: number): (below: number) => number {
  let state = BigInt(seed);
  return (below) => {
    state = BigInt.asUintN(
      64,
      state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n,
    );
    // The lower bits repeat soon.
    return Number((state >> 33n) % BigInt(below));
  };
}

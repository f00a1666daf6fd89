const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long to wait after `failures` failures in a row. `chance` in [0, 1) spreads the browsers of
 * an office, which all lose the line at the same moment.
 */
export function waitBefore_ms(failures: number, chance: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return whole / 2 + (whole / 2) * chance;
}

/** Makes and shows the figures of the tables. */

export function at(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(part * (sorted.length - 1))]!;
}

export function median(values: readonly number[]): number {
  return at(values, 0.5);
}

/** Most of them: without the odd ones at both ends. */
export function spread(values: readonly number[]): string {
  return `${ms(at(values, 0.05))} – ${ms(at(values, 0.95))}`;
}

export function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

/** Tells two texts apart line by line, as `diff -u` does. */

/** Lines of agreement to show around a difference. */
const AROUND = 3;

interface Line {
  sign: " " | "-" | "+";
  text: string;
}

/** The lines to remove from `wanted` and to add to it to make `seen`; empty if they are the same. */
export function diff(wanted: string, seen: string): string {
  const lines = compared(wanted.split("\n"), seen.split("\n"));
  const differs = lines.map(({ sign }) => sign !== " ");
  const isShown = (at: number) => differs.slice(Math.max(0, at - AROUND), at + AROUND + 1).includes(true);
  const told = lines.map(({ sign, text }, at) => {
    if (isShown(at)) return `${sign}${text}\n`;
    return isShown(at + 1) ? "…\n" : "";
  });
  return differs.includes(true) ? `--- out\n+++ seen\n${told.join("")}` : "";
}

function compared(wanted: string[], seen: string[]): Line[] {
  const common = commonLengths(wanted, seen);
  const lines: Line[] = [];
  let [left, right] = [0, 0];
  while (left < wanted.length || right < seen.length) {
    const [old, fresh] = [wanted[left], seen[right]];
    if (old !== undefined && old === fresh) {
      lines.push({ sign: " ", text: old });
      left += 1;
      right += 1;
    } else if (fresh === undefined || (old !== undefined && common[left + 1]![right]! >= common[left]![right + 1]!)) {
      lines.push({ sign: "-", text: old! });
      left += 1;
    } else {
      lines.push({ sign: "+", text: fresh });
      right += 1;
    }
  }
  return lines;
}

/** Number of lines that the rests from here and there have in common. */
function commonLengths(wanted: string[], seen: string[]): number[][] {
  const lengths = Array.from({ length: wanted.length + 1 }, () => new Array<number>(seen.length + 1).fill(0));
  for (let left = wanted.length - 1; left >= 0; left -= 1) {
    for (let right = seen.length - 1; right >= 0; right -= 1) {
      const isSame = wanted[left] === seen[right];
      const longer = Math.max(lengths[left + 1]![right]!, lengths[left]![right + 1]!);
      lengths[left]![right] = isSame ? lengths[left + 1]![right + 1]! + 1 : longer;
    }
  }
  return lengths;
}

/**
 * How far two words are apart in spelling (Levenshtein): letters to add, drop or change, to suggest what somebody meant.
 *
 * @param addedAtEnd what a letter counts that `to` has behind all of `from`; below 1, beginnings count as near
 */
export function spellingDistance(from: string, to: string, addedAtEnd = 1): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const insertion = next[j - 1] + (i === from.length ? addedAtEnd : 1);
      next.push(Math.min(row[j] + 1, insertion, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length];
}

/** Scratch memory of one call, handed out from start to end. */
let top: usize = 0;

export function openArena(start: usize): void {
  top = start;
}

/** Room for `floats` numbers, 16-byte aligned, with 64 bytes behind that may be read and written. */
export function take(floats: i32): usize {
  const start = (top + 15) & ~15;
  top = start + (<usize>floats << 2) + 64;
  return start;
}

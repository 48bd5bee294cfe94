/** Up to 4 floats; the other lanes are 0. Never reads beyond them. */
export function loadLanes(from: usize, lanes: i32): v128 {
  return lanes >= 4 ? v128.load(from) : loadSome(from, lanes);
}

export function storeLanes(to: usize, value: v128, lanes: i32): void {
  if (lanes >= 4) v128.store(to, value);
  else storeSome(to, value, lanes);
}

function loadSome(from: usize, lanes: i32): v128 {
  if (lanes == 1) return v128.load32_zero(from);
  const two = v128.load64_zero(from);
  return lanes == 2 ? two : v128.load_lane<f32>(from, two, 2, 8);
}

function storeSome(to: usize, value: v128, lanes: i32): void {
  if (lanes < 1) return;
  f32.store(to, f32x4.extract_lane(value, 0));
  if (lanes > 1) f32.store(to, f32x4.extract_lane(value, 1), 4);
  if (lanes > 2) f32.store(to, f32x4.extract_lane(value, 2), 8);
}

/** Copies floats one after the other: for runs too short for a call of memory.copy. */
export function copyFloats(from: usize, to: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  const whole = to + (<usize>(count & ~3) << 2);
  while (to < whole) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  while (to < end) {
    f32.store(to, f32.load(from));
    to += 4;
    from += 4;
  }
}

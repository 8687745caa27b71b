/** Well-formed UTF-8 (Unicode 15, table 3-7). */
export function isUtf8(at: usize, end: usize): bool {
  while (at < end) {
    if (at + 8 <= end && (load<u64>(at) & 0x8080_8080_8080_8080) == 0) {
      at += 8;
      continue;
    }
    const first: u32 = load<u8>(at++);
    if (first < 0x80) continue;
    if (first < 0xc2 || first > 0xf4) return false;
    const more: u32 = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (at + more > end) return false;
    const second: u32 = load<u8>(at);
    const low: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const high: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (let index: u32 = 1; index < more; index++)
      if (((<u32>load<u8>(at + index)) & 0xc0) != 0x80) return false;
    at += more;
  }
  return true;
}

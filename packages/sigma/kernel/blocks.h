// The bytes of lines, 64 at a time: where quotes, backslashes and line feeds are.
#pragma once
#include "line.h"

#define BITS(test)                                                                                               \
  ((u64)wasm_i8x16_bitmask(test(one)) | (u64)wasm_i8x16_bitmask(test(two)) << 16 |                               \
   (u64)wasm_i8x16_bitmask(test(three)) << 32 | (u64)wasm_i8x16_bitmask(test(four)) << 48)
#define IS_QUOTE(part) wasm_i8x16_eq(part, quote)
#define IS_BACKSLASH(part) wasm_i8x16_eq(part, backslash)
#define IS_CONTROL(part) wasm_u8x16_lt(part, space)
#define IS_HIGH(part) part
#define IS_FEED(part) wasm_i8x16_eq(part, feed)
#define ODD_PLACES 0xaaaaaaaaaaaaaaaaull

// Fills the blocks of one line or of many. 64 bytes behind them are readable.
NOINLINE void markBlocks(struct line *line, u8 *bytes, u32 length) {
  const v128_t quote = wasm_i8x16_splat('"'), backslash = wasm_i8x16_splat('\\'), space = wasm_i8x16_splat(0x20);
  const v128_t feed = wasm_i8x16_splat('\n');
  struct block *block = line->blocks;
  u64 carried = 0;
  line->marked = bytes;
  for (u32 at = 0; at < length; at += 64, block++) {
    v128_t one = wasm_v128_load(bytes + at), two = wasm_v128_load(bytes + at + 16);
    v128_t three = wasm_v128_load(bytes + at + 32), four = wasm_v128_load(bytes + at + 48);
    u64 quotes = BITS(IS_QUOTE), backslashes = BITS(IS_BACKSLASH), high = 0, unusual = 0, feeds = 0;
    if (wasm_i8x16_bitmask(wasm_v128_or(wasm_v128_or(one, two), wasm_v128_or(three, four)))) high = BITS(IS_HIGH);
    v128_t least = wasm_u8x16_min(wasm_u8x16_min(one, two), wasm_u8x16_min(three, four));
    if (wasm_v128_any_true(IS_CONTROL(least))) {
      unusual = BITS(IS_CONTROL);
      feeds = BITS(IS_FEED);
    }
    if (backslashes | carried) {
      // of backslashes in a row every second one is escaped, and so is what follows an odd number of them: subtracting
      // carries through each row, and tells rows that begin at odd places from the others
      u64 starting = backslashes & ~carried;
      u64 ends = ((starting << 1 | ODD_PLACES) - starting) ^ ODD_PLACES;
      u64 escaped = ends ^ (backslashes | carried);
      carried = (ends & backslashes) >> 63;
      unusual |= escaped & ~(quotes | backslashes);
      quotes &= ~escaped;
    }
    *block = (struct block){quotes, backslashes, high, unusual, feeds};
  }
  if (length & 63) {
    block[-1].quotes &= (1ull << (length & 63)) - 1;
    block[-1].feeds &= (1ull << (length & 63)) - 1;
  }
  // a text that is not closed ends here, and so does the last line
  *block = (struct block){~0ull, 0, 0, 0, ~0ull};
}

// The place of the first line feed from `at` on among the bytes that were looked at, or behind them.
INLINE u8 *lineEnd(const struct line *line, const u8 *at) {
  u32 place = (u32)(at - line->marked), number = place >> 6;
  u64 feeds = line->blocks[number].feeds & ~0ull << (place & 63);
  while (!feeds) feeds = line->blocks[++number].feeds;
  return line->marked + number * 64 + __builtin_ctzll(feeds);
}

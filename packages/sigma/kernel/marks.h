// What is found in a value marks clauses of rules; a rule whose clauses are all marked becomes a candidate.
#pragma once
#include "memo.h"

// Begins what is found in a value, or what is not to be noted.
INLINE struct found *begin(struct line *line, u32 count, u32 isLoose) {
  struct found *found = &line->found;
  found->count = count;
  found->marks = line->marks;
  found->isLoose = isLoose;
  return found;
}

// Counts a clause of a rule as shown; a rule whose clauses are all shown becomes a candidate.
INLINE void mark(struct route *route, u32 entry) {
  u32 rule = entry >> 3;
  u32 state = route->state[rule];
  u32 before = state >> 8 == route->generation ? state & 0xff : 0;
  u32 after = before | (1u << (entry & 7));
  if (after == before) return;
  route->state[rule] = route->generation << 8 | after;
  if (after == route->needed[rule]) route->candidates[route->count++] = rule;
}

// Marks what was found in a value, and notes it if there is a place for it.
INLINE void markAll(struct route *route, const u32 *entries, u32 count, struct found *found) {
  for (u32 at = 0; at < count; at++) {
    u32 entry = entries[at];
    if (found->isLoose && (entry & 7) == RULED_OUT) continue;
    mark(route, entry);
    if (found->count > VALUE_MARKS) continue;
    u32 known = 0;
    while (known < found->count && found->marks[known] != entry) known++;
    if (known < found->count) continue;
    if (found->count < VALUE_MARKS) found->marks[found->count] = entry;
    found->count++;
  }
}

INLINE v128_t lowerCase(v128_t block) {
  v128_t isUpper = wasm_u8x16_lt(wasm_i8x16_sub(block, wasm_i8x16_splat('A')), wasm_i8x16_splat(26));
  return wasm_v128_or(block, wasm_v128_and(isUpper, wasm_i8x16_splat(0x20)));
}

// Whether the literal stands at a place, within the value from `start` to `end`.
INLINE int stands(const struct literal *literal, const u8 *from, const u8 *start, const u8 *end) {
  u32 length = literal->length;
  if (from < start || from + length > end) return 0;
  if ((literal->anchors & AT_START) && from != start) return 0;
  if ((literal->anchors & AT_END) && from + length != end) return 0;
  for (u32 at = 0; at < length; at += 16) {
    v128_t equal = wasm_i8x16_eq(lowerCase(wasm_v128_load(from + at)), wasm_v128_load(literal->bytes + at));
    u32 mask = wasm_i8x16_bitmask(equal);
    u32 wanted = length - at >= 16 ? 0xffff : (1u << (length - at)) - 1;
    if ((mask & wanted) != wanted) return 0;
  }
  return 1;
}


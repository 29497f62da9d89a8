// The literals of a field that stand in a value, by grams and pairs; and keywords in the whole line.
#pragma once
#include "marks.h"

// Marks the literals of a bucket that stand where their gram or pair was met.
INLINE void markStanding(struct route *route, const struct bucket *bucket, const u8 *hit, const u8 *start, const u8 *end, struct found *found) {
  for (u32 number = 0; number < bucket->count; number++) {
    const struct literal *literal = bucket->literals[number].literal;
    if (!stands(literal, hit - bucket->literals[number].offset, start, end)) continue;
    markAll(route, literal->count == 1 ? &literal->marks : (const u32 *)literal->marks, literal->count, found);
  }
}

#define GRAM(at) (*(const loose32 *)(at) | 0x20202020u)
#define MIXED(gram) ((gram) * 0x9e3779b1u)
#define BITS_OF(mixed) (*(const u32 *)(bitmap + ((mixed) >> 15 & bitMask)) >> ((mixed) >> 10 & 31))

// Of the grams from `at` to `last`, as far apart as those of the field are, the ones that literals are found by.
NOINLINE void meetGrams(struct route *route, const struct field *field, const u8 *at, const u8 *last, const u8 *start, const u8 *end, struct found *found) {
  const u32 bitMask = field->bitMask, mask = field->mask, step = field->step ? field->step : 1;
  const u8 *bitmap = field->bitmap;
  const struct found_by *grams = field->grams;
  for (; at <= last; at += step) {
    u32 gram = GRAM(at), mixed = MIXED(gram);
    if (!(BITS_OF(mixed) & 1)) continue;
    for (u32 slot = mixed >> 4 & mask; grams[slot].bucket; slot = (slot + 1) & mask)
      if (grams[slot].key == gram) {
        markStanding(route, grams[slot].bucket, at, start, end, found);
        break;
      }
  }
}

// The literals that the pair at a place finds.
NOINLINE void meetPair(struct route *route, const struct field *field, const u8 *at, const u8 *start, const u8 *end, struct found *found) {
  const u32 pair = *(const loose16 *)at | 0x2020u, mask = field->pairMask;
  const struct found_by *pairs = field->pairs;
  for (u32 slot = pair & mask; pairs[slot].bucket; slot = (slot + 1) & mask)
    if (pairs[slot].key == (pair | 0x10000u)) {
      markStanding(route, pairs[slot].bucket, at, start, end, found);
      return;
    }
}

#define PASSING(table, block) \
  wasm_v128_and(wasm_i8x16_swizzle(wasm_v128_load(table), wasm_v128_and(block, low)), \
                wasm_i8x16_swizzle(wasm_v128_load(table + 16), wasm_v128_and(wasm_u16x8_shr(block, 4), low)))

// Looks for short literals at the places between `from` and `to` where a gram of one may begin, by its first three bytes.
NOINLINE void lookForShort(struct route *route, const struct field *field, const u8 *from, const u8 *to, const u8 *start, const u8 *end, struct found *found) {
  const u8 *beginnings = field->beginnings, *bitmap = field->bitmap;
  const u32 bitMask = field->bitMask;
  const v128_t low = wasm_i8x16_splat(15);
  for (const u8 *at = from; at + 4 <= to; at += 16) {
    v128_t one = wasm_v128_load(at), two = wasm_v128_load(at + 1), three = wasm_v128_load(at + 2);
    v128_t met = wasm_v128_and(wasm_v128_and(PASSING(beginnings, one), PASSING(beginnings + 32, two)), PASSING(beginnings + 64, three));
    u32 mask = wasm_i8x16_bitmask(wasm_i8x16_ne(met, wasm_i8x16_splat(0)));
    for (; mask; mask &= mask - 1) {
      const u8 *place = at + __builtin_ctz(mask);
      if (place + 4 > to) return;
      u32 mixed = MIXED(GRAM(place));
      if (BITS_OF(mixed) & 1) meetGrams(route, field, place, place, start, end, found);
    }
  }
}

// The same for literals that are too short for grams, by pairs.
NOINLINE void lookForPairs(struct route *route, const struct field *field, const u8 *from, const u8 *to, const u8 *start, const u8 *end, struct found *found) {
  const u8 *beginnings = field->pairBeginnings;
  const v128_t low = wasm_i8x16_splat(15);
  for (const u8 *at = from; at + 2 <= to; at += 16) {
    v128_t one = wasm_v128_load(at), two = wasm_v128_load(at + 1);
    v128_t met = wasm_v128_and(PASSING(beginnings, one), PASSING(beginnings + 32, two));
    u32 mask = wasm_i8x16_bitmask(wasm_i8x16_ne(met, wasm_i8x16_splat(0)));
    for (; mask; mask &= mask - 1) {
      const u8 *place = at + __builtin_ctz(mask);
      if (place + 2 > to) return;
      meetPair(route, field, place, start, end, found);
    }
  }
}

// Looks into one value from `start` to `end`, with `edge` quotes around it; they belong to the text of grams.
NOINLINE void lookInto(struct route *route, const struct field *field, const u8 *start, const u8 *end, u32 edge, struct found *found) {
  const u8 *from = start - edge, *to = end + edge;
  u32 length = (u32)(to - from);
  if (field->beginnings) lookForShort(route, field, from, to, start, end, found);
  if (field->pairBeginnings) lookForPairs(route, field, from, to, start, end, found);
  if (!field->bitmap || field->step == 0 || length < 4) return;
  const u32 step = field->step, bitMask = field->bitMask;
  const u8 *bitmap = field->bitmap;
  const u8 *at = from, *last = to - 4, *lastFour = last - step * 3;
  if (length < 4 + step * 3) {
    meetGrams(route, field, at, last, start, end, found);
    return;
  }
  for (;;) {
    // four at a time: seldom is one of them met
    u32 one = MIXED(GRAM(at)), two = MIXED(GRAM(at + step)), three = MIXED(GRAM(at + step * 2)), four = MIXED(GRAM(at + step * 3));
    if ((BITS_OF(one) | BITS_OF(two) | BITS_OF(three) | BITS_OF(four)) & 1) meetGrams(route, field, at, at + step * 3, start, end, found);
    if (at == lastFour) return;
    at += step * 4;
    // the last ones end where the value does
    if (at > lastFour) at = lastFour;
  }
}

// The same for literals beyond ASCII, in a value that has bytes above 127.
INLINE void lookBeyond(struct route *route, const struct beyond *beyond, const u8 *start, const u8 *end, u32 edge, struct found *found) {
  if (!beyond) return;
  if (beyond->field) lookInto(route, beyond->field, start, end, edge, found);
  markAll(route, beyond->marks, beyond->count, found);
}

// Marks the literals of a rare pair's bucket at the places where the pair stands.
NOINLINE void meetRare(struct route *route, u32 number, const u8 *at, u32 mask, const u8 *start, const u8 *end, struct found *found) {
  for (; mask; mask &= mask - 1) markStanding(route, route->words->rare[number].bucket, at + __builtin_ctz(mask), start, end, found);
}

#define RARE(even, odd, number) wasm_v128_or(wasm_i16x8_eq(even, pair##number), wasm_i16x8_eq(odd, pair##number))
#define PAIR(number) const v128_t pair##number = wasm_i16x8_splat((short)words->rare[number].pair);

// Marks the keywords of the route that stand in a text, or anywhere in a line, its keys and what is between values included.
NOINLINE void lookForWords(struct route *route, const u8 *start, const u8 *end, struct found *found) {
  const struct words *words = route->words;
  if (words->field) lookInto(route, words->field, start, end, 0, found);
  if (words->count == 0) return;
  const v128_t lower = wasm_i8x16_splat(0x20);
  PAIR(0) PAIR(1) PAIR(2) PAIR(3)
  for (const u8 *at = start; at < end; at += 32) {
    // pairs that begin at even places, and at odd ones
    v128_t one = wasm_v128_or(wasm_v128_load(at), lower), oneOdd = wasm_v128_or(wasm_v128_load(at + 1), lower);
    v128_t two = wasm_v128_or(wasm_v128_load(at + 16), lower), twoOdd = wasm_v128_or(wasm_v128_load(at + 17), lower);
    v128_t met = wasm_v128_or(wasm_v128_or(wasm_v128_or(RARE(one, oneOdd, 0), RARE(one, oneOdd, 1)),
                                           wasm_v128_or(RARE(one, oneOdd, 2), RARE(one, oneOdd, 3))),
                              wasm_v128_or(wasm_v128_or(RARE(two, twoOdd, 0), RARE(two, twoOdd, 1)),
                                           wasm_v128_or(RARE(two, twoOdd, 2), RARE(two, twoOdd, 3))));
    if (!wasm_v128_any_true(met)) continue;
    for (u32 number = 0; number < words->count; number++) {
      const v128_t first = wasm_i8x16_splat((char)words->rare[number].pair), second = wasm_i8x16_splat((char)(words->rare[number].pair >> 8));
      u32 mask = wasm_i8x16_bitmask(wasm_v128_and(wasm_i8x16_eq(one, first), wasm_i8x16_eq(oneOdd, second)));
      mask |= (u32)wasm_i8x16_bitmask(wasm_v128_and(wasm_i8x16_eq(two, first), wasm_i8x16_eq(twoOdd, second))) << 16;
      meetRare(route, number, at, mask, start, end, found);
    }
  }
}

// Which clauses of which rules the values of a line show: by what is remembered of them, else by grams and pairs.
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

INLINE void markHigh(struct route *route, const u32 *high, struct found *found) {
  if (high) markAll(route, high + 1, high[0], found);
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

// Whether a value has one of the characters whose folded form is ASCII: Kelvin sign, dotted I, long s.
INLINE int foldsToAscii(const u8 *at, const u8 *end) {
  for (; at < end; at++) {
    u32 byte = at[0], next = at[1];
    if ((byte == 0xe2 && next == 0x84) || (byte == 0xc4 && next == 0xb0) || (byte == 0xc5 && next == 0xbf)) return 1;
  }
  return 0;
}

// Remembers a value with what was found in it.
INLINE void remember(struct line *line, struct token *token, u32 owner, u32 hash, const struct found *found) {
  if (found->count > VALUE_MARKS || !isSeenAgain(line, hash)) return;
  struct slot *slot = insert(line, owner, token->head & FLAGS, line->bytes + token->start, token->end - token->start, hash);
  for (u32 at = 0; at < found->count; at++) slot->mark[at] = found->marks[at];
  slot->marks = (u8)found->count;
  hold(token, slot);
}

// Takes away the candidates that a value of the line is known to rule out, and those that surely hold with it.
INLINE void filter(struct line *line, struct route *route) {
  u32 kept = route->count;
  for (u32 number = 0; number < line->count && kept > 0; number++) {
    struct slot *slot = slotOf(line->tokens + number);
    if (!slot || slot->kills == 0) continue;
    u32 left = 0;
    for (u32 at = 0; at < kept; at++) {
      u32 rule = route->candidates[at];
      v128_t killed = wasm_i32x4_splat((int)rule), sure = wasm_i32x4_splat((int)(rule | SURELY));
      v128_t isKilled = wasm_i32x4_splat(0), isSure = wasm_i32x4_splat(0);
      // behind the last one stands NO_RULE
      for (u32 kill = 0; kill < slot->kills; kill += 4) {
        v128_t known = wasm_v128_load(slot->kill + kill);
        isKilled = wasm_v128_or(isKilled, wasm_i32x4_eq(killed, known));
        isSure = wasm_v128_or(isSure, wasm_i32x4_eq(sure, known));
      }
      if (wasm_v128_any_true(isSure)) route->held[route->heldCount++] = rule;
      else if (!wasm_v128_any_true(isKilled)) route->candidates[left++] = rule;
    }
    kept = left;
  }
  route->count = kept;
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

// Marks what the tokens of the line show; those that have to be decoded are left to JavaScript.
INLINE void lookAtTokens(struct line *line, struct route *route) {
  if (++route->generation >= 0xffffff) {
    for (u32 rule = 0; rule < route->rules; rule++) route->state[rule] = 0;
    route->generation = 1;
  }
  route->count = 0;
  line->specials = 0;
  const u32 forWords = route->words ? NEEDS_DECODING | HAS_HIGH : 0;
  u32 seen = 0;
  if (route->words) lookForWords(route, line->bytes, line->bytes + line->length, begin(line, VALUE_MARKS + 1, 0));
  for (u32 number = 0; number < line->count; number++) {
    struct token *token = line->tokens + number;
    u32 head = token->head;
    struct field *field = route->fields + route->fieldOf[head & 0xffff];
    seen |= head;
    if ((field->looked == NOT_LOOKED && !(head & forWords)) || (head & IS_NULL)) continue;
    const u8 *start = line->bytes + token->start;
    u32 length = token->end - token->start;
    u32 hash = 0;
    u32 needsJs = head & (NEEDS_DECODING | IS_TRUE | IS_FALSE);
    if (field->owner && length <= VALUE_BYTES && (needsJs || field->looked == LOOKED_UP) && isRemembered(field)) {
      struct slot *slot = hinted(line, token, field->owner);
      if (!slot) {
        hash = valueHash(line, start, length, field->owner);
        slot = find(line, field->owner, head & FLAGS, start, length, hash);
      }
      countAsked(field, slot != 0);
      if (slot) {
        hold(token, slot);
        for (u32 at = 0; at < slot->marks; at++) mark(route, slot->mark[at]);
        continue;
      }
    }
    if (needsJs || ((head & HAS_HIGH) && foldsToAscii(start, start + length))) {
      line->special[line->specials++] = number;
      continue;
    }
    struct found *found = begin(line, 0, 0);
    lookInto(route, field, start, start + length, head & IS_STRING ? 1 : 0, found);
    if (head & HAS_HIGH) markHigh(route, field->high, found);
    if (hash) remember(line, token, field->owner, hash, found);
  }
  if (seen & HAS_HIGH) markHigh(route, route->highWords, begin(line, VALUE_MARKS + 1, 0));
}

// The token of a field of the line; undefined if it has none.
INLINE struct token *tokenOf(const struct line *line, u32 field) {
  return line->where[field * 2] == line->generation ? line->tokens + line->where[field * 2 + 1] : 0;
}

// Whether two texts may be the same but for case; they are when both are texts of ASCII that stand as they are.
INLINE int mayBeSame(const struct line *line, const struct token *one, const struct token *two) {
  if (!one || !two) return 0;
  if ((one->head | two->head) & (HAS_HIGH | NEEDS_DECODING | IS_LISTED)) return 1;
  if (!(one->head & two->head & IS_STRING)) return 1;
  u32 length = one->end - one->start;
  if (two->end - two->start != length) return 0;
  for (u32 at = 0; at < length; at += 16) {
    v128_t equal = wasm_i8x16_eq(lowerCase(wasm_v128_load(line->bytes + one->start + at)),
                                 lowerCase(wasm_v128_load(line->bytes + two->start + at)));
    u32 wanted = length - at >= 16 ? 0xffff : (1u << (length - at)) - 1;
    if ((wasm_i8x16_bitmask(equal) & wanted) != wanted) return 0;
  }
  return 1;
}

#define RUN_PARTS 4

// Whether a value as it stands holds `length` characters of a set one after another.
INLINE int hasRun(const struct line *line, const struct token *token, u32 length, const u32 *set) {
  u32 met = 0;
  for (u32 at = token->start; at < token->end; at++) {
    u32 byte = line->bytes[at];
    met = byte < 128 && (set[byte >> 5] >> (byte & 31)) & 1 ? met + 1 : 0;
    if (met == length) return 1;
  }
  return 0;
}

// Whether a value may hold `length` characters of a set one after another: every quarter of a run has a place looked at.
INLINE int mayHaveRun(const struct line *line, const struct token *token, u32 length, const u32 *set) {
  if (!token) return 0;
  if (token->head & (NEEDS_DECODING | IS_LISTED)) return 1;
  u32 step = length / RUN_PARTS, met = 0;
  for (u32 at = token->start; at < token->end; at += step) {
    u32 byte = line->bytes[at];
    met = byte < 128 && (set[byte >> 5] >> (byte & 31)) & 1 ? met + 1 : 0;
    if (met == RUN_PARTS) return hasRun(line, token, length, set);
  }
  return 0;
}

// The rules for which nothing is looked for are candidates unless they cannot hold.
INLINE void addAlways(struct line *line, struct route *route) {
  for (u32 at = 0; at < route->alwaysCount; at++) {
    const struct guard *guard = route->always + at;
    if (route->state[guard->rule] == (route->generation << 8 | 1u << RULED_OUT)) continue;
    const struct token *token = guard->kind == UNGUARDED ? 0 : tokenOf(line, guard->field);
    if (guard->kind == SAME_TEXT && !mayBeSame(line, token, tokenOf(line, guard->other))) continue;
    if (guard->kind == HAS_RUN && !mayHaveRun(line, token, guard->other, guard->set)) continue;
    route->candidates[route->count++] = guard->rule;
  }
}

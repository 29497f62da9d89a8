// Which clauses of which rules the values of a line show: by what is remembered of them, else by grams and pairs.
#pragma once
#include "grams.h"

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
    if (head & HAS_HIGH) lookBeyond(route, field->beyond, start, start + length, head & IS_STRING ? 1 : 0, found);
    if (hash) remember(line, token, field->owner, hash, found);
  }
  if (seen & HAS_HIGH) lookBeyond(route, route->wordsBeyond, 0, 0, 0, begin(line, VALUE_MARKS + 1, 0));
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

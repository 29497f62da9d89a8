// Single values for the caller of the matcher: a number, whether a text may be in it, and what was noted of it before.
#pragma once
#include "look.h"

#define EXACT_DIGITS 9007199254740991ull
#define EXACT_POWER 22

// A number whose digits make an integer below 2^53 is that integer divided by a power of ten: JavaScript's nearest one, since
// both are exact. Not a number for all others.
INLINE double numberIn(const u8 *at, const u8 *end) {
  const double unknown = __builtin_nan("");
  const u32 isNegative = *at == '-';
  u64 digits = 0;
  double power = 1;
  u32 places = 0, isFraction = 0;
  if (end - at > 24) return unknown;
  for (at += isNegative; at < end; at++) {
    u32 digit = *at - '0';
    if (*at == '.') {
      isFraction = 1;
      continue;
    }
    if (digit > 9) return unknown;
    digits = digits * 10 + digit;
    if (digits > EXACT_DIGITS) return unknown;
    if (isFraction) {
      power *= 10;
      places++;
    }
  }
  if (places > EXACT_POWER) return unknown;
  double number = (double)(long long)digits / power;
  return isNegative ? -number : number;
}

// The slot of the only value of a field for an owner, or zero; `hash` is zero for a value that has none.
INLINE struct slot *noteOf(const struct line *line, u32 field, u32 owner, u32 *hash) {
  const struct token *token = tokenOf(line, field);
  if (!token || (token->head & IS_LISTED)) return 0;
  const u8 *bytes = line->bytes + token->start;
  const u32 length = token->end - token->start;
  if (length > VALUE_BYTES) return 0;
  *hash = valueHash(line, bytes, length, owner);
  return find(line, owner, token->head & FLAGS, bytes, length, *hash);
}

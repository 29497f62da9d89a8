// Whether a line is so that nobody needs more of it than a time and a name, and these two.
#pragma once
#include "single.h"

// Of which kind the only value of a field has to be: these bits of its flags are so.
struct demanded { u32 field, mask, flags; };

#define MAX_TIMES 4

// What is demanded of lines: they are flat, not longer than `longest`, without nulls in fields that have a number, without
// some fields, with others of a kind; and the first of the times that may be one can be read. What a
// line is called is the text of `name` (zero: nothing is told of it), whose number is noted for `owner`.
struct demands {
  u32 longest;
  u32 absentCount; const u32 *absent;
  u32 demandedCount; const struct demanded *demanded;
  u32 timeCount, times[MAX_TIMES];
  u32 name, owner;
};

// What is told of a line: milliseconds since 1970, and the number of its name.
struct moment { double at; u32 name, unused; };
#define NAMELESS 0           // the line has no such text
#define NEW_NAME 0xffffffffu // which has no number

// A number of two digits, or one that is too large for all that there is.
INLINE u32 twoDigits(const u8 *at) {
  u32 tens = at[0] - '0', ones = at[1] - '0';
  return tens > 9 || ones > 9 ? 1000 : tens * 10 + ones;
}

// Milliseconds of a time as ISO 8601 has it, in UTC unless it names an offset: 2026-01-31T23:59:59, a space for the T, up to
// nine digits behind a point or comma, Z or +01:00. Not a number for all others, which may be times too. 32 bytes behind the
// text are readable.
INLINE double timeIn(const u8 *at, u32 length) {
  const double unknown = __builtin_nan("");
  if (length < 19 || length > 35) return unknown;
  const u8 *const end = at + length;
  const u32 century = twoDigits(at), years = twoDigits(at + 2), month = twoDigits(at + 5), day = twoDigits(at + 8);
  const u32 hour = twoDigits(at + 11), minute = twoDigits(at + 14), second = twoDigits(at + 17);
  if (at[4] != '-' || at[7] != '-' || (at[10] != 'T' && at[10] != ' ') || at[13] != ':' || at[16] != ':') return unknown;
  if (century > 99 || years > 99 || month - 1 > 11 || hour > 23 || minute > 59 || second > 59) return unknown;
  const u32 year = century * 100 + years;
  const u32 isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const u32 days = month == 2 ? 28 + isLeap : 30 + ((month + (month >> 3)) & 1);
  // an offset may lead a day back
  if (year < 1971 || day - 1 >= days) return unknown;
  at += 19;
  u32 milliseconds = 0;
  if (at < end && (*at == '.' || *at == ',')) {
    u32 digits = 0;
    for (at++; at < end && *at - '0' <= 9u; at++, digits++)
      if (digits < 3) milliseconds = milliseconds * 10 + (*at - '0');
    if (digits == 0 || digits > 9) return unknown;
    for (; digits < 3; digits++) milliseconds *= 10;
  }
  int offset = 0;
  if (at < end && *at == 'Z') at++;
  else if (end - at == 6 && (*at == '+' || *at == '-') && at[3] == ':') {
    const u32 hours = twoDigits(at + 1), minutes = twoDigits(at + 4);
    if (hours > 23 || minutes > 59) return unknown;
    offset = (int)(hours * 60 + minutes) * (*at == '-' ? -1 : 1);
    at = end;
  }
  if (at != end) return unknown;
  // years begin in March, so that the odd day is their last one
  const u32 from = month > 2 ? year : year - 1, months = month > 2 ? month - 3 : month + 9;
  const u32 since = from * 365 + from / 4 - from / 100 + from / 400 + (months * 153 + 2) / 5 + day - 1 - 719468;
  const long long minutes = (long long)since * 1440 + hour * 60 + minute - offset;
  return (double)((minutes * 60 + second) * 1000 + milliseconds);
}

// Whether a text begins as times do: with a year and a dash, a day and a slash, nine digits, or a slash. Eight bytes behind
// it are readable.
INLINE int mayBeTime(const u8 *at, u32 length) {
  if (*at == '/' || (length > 4 && at[4] == '-') || (length > 2 && at[2] == '/')) return 1;
  u32 digits = 0;
  while (digits < 9 && digits < length && at[digits] - '0' <= 9u) digits++;
  return digits == 9;
}

// Whether the tokens of the line show all that is demanded. `moment` is filled when they do.
INLINE int isPlain(const struct line *line, const struct demands *demands, struct moment *moment) {
  if (line->isNested || line->hasNull || line->length > demands->longest || *line->bytes != '{') return 0;
  for (u32 each = 0; each < demands->absentCount; each++)
    if (tokenOf(line, demands->absent[each])) return 0;
  for (u32 each = 0; each < demands->demandedCount; each++) {
    const struct demanded *demanded = demands->demanded + each;
    const struct token *token = tokenOf(line, demanded->field);
    if (!token || (token->head & demanded->mask) != demanded->flags) return 0;
  }
  u32 isTimed = demands->timeCount == 0;
  moment->at = 0;
  for (u32 each = 0; each < demands->timeCount && !isTimed; each++) {
    const struct token *token = tokenOf(line, demands->times[each]);
    if (!token || !(token->head & IS_STRING)) continue;
    const u8 *text = line->bytes + token->start;
    const u32 length = token->end - token->start;
    if (!(token->head & NEEDS_DECODING) && !mayBeTime(text, length)) continue;
    moment->at = timeIn(text, length);
    isTimed = 1;
  }
  if (!isTimed || moment->at != moment->at) return 0;
  const struct token *token = tokenOf(line, demands->name);
  moment->name = NAMELESS;
  if (token && (token->head & IS_STRING) && token->end > token->start) {
    u32 hash = 0;
    const struct slot *slot = noteOf(line, demands->name, demands->owner, &hash);
    moment->name = slot ? slot->next : NEW_NAME;
  }
  return 1;
}

// Whether candidates hold for the line: their tests, made on the bytes of its values. What cannot be told from bytes
// (regular expressions, most escapes, letters with case beyond ASCII) is left open.
#pragma once
#include "look.h"

// A text that a value is compared with, as it stands in lines; in lower case unless IS_CASED.
struct text { u32 length, shape, unused[2]; u8 bytes[]; };
#define IS_CASED 4     // besides AT_START and AT_END
#define IS_BEYOND 8    // it has characters beyond ASCII of which the bytes do not tell: those with case, and some more

// One test of a rule and where it leads: the address of another test, HOLDS, or the number of the failed part of the
// rule times four plus two.
struct test { u32 kind, field, yes, no, count, parameters[]; };
#define HOLDS 1u
#define TEXTS 0        // one of the texts; `parameters` are their addresses
#define IS_ABSENT 1    // there is no value, or it is null
#define EXISTS 2
#define NUMBER 3       // operator, and the number in two words
#define NETWORKS 4     // one of the networks; of each the bits and the mask
#define SAME_AS 5      // as the value of another field, with or without regard to case
#define RUN 6          // so many characters of a set one after another; what has them is left open
#define LENGTH 7       // at least so many bytes; what has them is left open
#define VALUE 8        // left open if there is a value
#define OPEN 9         // left open
#define COUNT 10       // so many bytes of one kind; what has them is left open
#define NEGATED 0x100u // of kind: the opposite

#define LT 0
#define LTE 1
#define GT 2
#define GTE 3
#define EQ 4

// What a rule demands: `parts` of it, and of each the only field that it looks at (zero: there are several) and its first test.
// `only`: the field that all of them look at, or zero.
struct program { u32 vain, only, parts, part[]; };

#define NO 0
#define YES 1
#define MAYBE 2

// Rules that a value of a field which is not looked up has ruled out, after which it is.
#define WORTH_LOOKING_UP 32
// After so many rules in a row that no remembered value ruled out, one is looked for more seldom.
#define WORTH_BLAMING 32
#define SELDOM 32

// The value in lower case, at the same place of another buffer.
INLINE const u8 *folded(const struct line *line, struct token *token) {
  u8 *to = line->folded;
  if (token->head & IS_FOLDED) return to;
  for (u32 at = token->start; at < token->end; at += 16) wasm_v128_store(to + at, lowerCase(wasm_v128_load(line->bytes + at)));
  token->head |= IS_FOLDED;
  if ((token->head & HAS_HIGH) && foldsToAscii(line->bytes + token->start, line->bytes + token->end)) token->head |= IS_ODD;
  return to;
}

INLINE u32 testTexts(const struct line *line, struct token *token, const struct test *test) {
  if (token->head & NEEDS_DECODING) return MAYBE;
  const u8 *low = folded(line, token);
  u32 found = NO;
  for (u32 number = 0; number < test->count; number++) {
    const struct text *text = (const struct text *)test->parameters[number];
    u32 shape = text->shape, length = text->length;
    if (shape & IS_BEYOND) {
      if (token->head & HAS_HIGH) found = MAYBE;
      continue;
    }
    const u8 *bytes = low;
    if (shape & IS_CASED) bytes = line->bytes;
    else if (token->head & IS_ODD) {
      found = MAYBE;
      continue;
    }
    if (token->end - token->start < length) continue;
    const u8 *start = bytes + token->start, *end = bytes + token->end;
    if (shape & AT_START) {
      if ((shape & AT_END) && token->end - token->start != length) continue;
      if (same(start, text->bytes, length)) return YES;
    } else if (shape & AT_END) {
      if (same(end - length, text->bytes, length)) return YES;
    } else if (length == 0 || isIn(start, end, text->bytes, length)) return YES;
  }
  return found;
}

#define MAX_DIGITS 15

// The number that a value is or, if it is a text, spells; other spellings than plain digits are left open.
INLINE u32 testNumber(const struct line *line, const struct token *token, const struct test *test) {
  if (token->head & (IS_TRUE | IS_FALSE)) return NO;
  if (token->head & NEEDS_DECODING) return MAYBE;
  const u8 *at = line->bytes + token->start, *end = line->bytes + token->end;
  u32 first = at < end ? *at | 0x20 : 0;
  if (at == end || (first >= 'a' && first <= 'z')) return NO;
  if (end - at > MAX_DIGITS) return MAYBE;
  u64 whole = 0;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') return MAYBE;
    whole = whole * 10 + (*at - '0');
  }
  double number = (double)whole, other;
  __builtin_memcpy(&other, test->parameters + 1, 8);
  switch (test->parameters[0]) {
    case LT: return number < other;
    case LTE: return number <= other;
    case GT: return number > other;
    case GTE: return number >= other;
    default: return number == other;
  }
}

// An IPv4 address in one of the networks; others are left open.
INLINE u32 testNetworks(const struct line *line, const struct token *token, const struct test *test) {
  if (!(token->head & IS_STRING)) return NO;
  if (token->head & NEEDS_DECODING) return MAYBE;
  const u8 *at = line->bytes + token->start, *end = line->bytes + token->end;
  for (const u8 *each = at; each < end; each++)
    if (*each == ':') return MAYBE;
  u32 address = 0;
  for (u32 piece = 0; piece < 4; piece++) {
    if (piece > 0 && (at >= end || *at++ != '.')) return NO;
    u32 value = 0, digits = 0;
    const u8 *from = at;
    for (; at < end && *at >= '0' && *at <= '9' && digits < 4; at++, digits++) value = value * 10 + (*at - '0');
    if (digits == 0 || digits > 3 || value > 255 || (*from == '0' && digits > 1)) return NO;
    address = address << 8 | value;
  }
  if (at != end) return NO;
  for (u32 number = 0; number < test->count; number++)
    if ((address & test->parameters[number * 2 + 1]) == test->parameters[number * 2]) return YES;
  return NO;
}

INLINE u32 testCount(const struct line *line, const struct token *token, u32 mark, u32 count) {
  if (token->head & NEEDS_DECODING) return MAYBE;
  for (u32 at = token->start; at < token->end; at++)
    if (line->bytes[at] == mark && --count == 0) return MAYBE;
  return NO;
}

INLINE u32 testSame(const struct line *line, const struct token *one, const struct token *two, u32 isCased) {
  if (!mayBeSame(line, one, two)) return NO;
  if ((one->head | two->head) & (HAS_HIGH | NEEDS_DECODING | IS_LISTED)) return MAYBE;
  if (!(one->head & two->head & IS_STRING)) return MAYBE;
  return !isCased || same(line->bytes + one->start, line->bytes + two->start, one->end - one->start);
}

INLINE u32 testValue(struct line *line, const struct test *test) {
  u32 kind = test->kind & ~NEGATED;
  if (kind == OPEN) return MAYBE;
  struct token *token = tokenOf(line, test->field);
  if (token && (token->head & IS_LISTED)) return MAYBE;
  if (kind == EXISTS) return token != 0;
  if (!token || (token->head & IS_NULL)) return kind == IS_ABSENT;
  switch (kind) {
    case TEXTS: return testTexts(line, token, test);
    case IS_ABSENT: return NO;
    case NUMBER: return testNumber(line, token, test);
    case NETWORKS: return testNetworks(line, token, test);
    case SAME_AS: return testSame(line, token, tokenOf(line, test->parameters[0]), test->parameters[1]);
    case RUN: return mayHaveRun(line, token, test->parameters[0], test->parameters + 1) ? MAYBE : NO;
    case COUNT: return testCount(line, token, test->parameters[0], test->parameters[1]);
    case LENGTH: return token->end - token->start >= test->parameters[0] ? MAYBE : NO;
    default: return MAYBE;
  }
}

// The slot of a token whose field is not looked up, made if it is not there; 0 if it is not remembered.
INLINE struct slot *recallSlot(struct line *line, struct route *route, struct token *token) {
  struct field *field = route->fields + route->fieldOf[token->head & 0xffff];
  u32 length = token->end - token->start;
  if (field->looked == LOOKED_UP || !field->owner || length > VALUE_BYTES || !isRemembered(field)) return 0;
  const u8 *bytes = line->bytes + token->start;
  u32 hash = valueHash(line, bytes, length, field->owner);
  struct slot *slot = find(line, field->owner, token->head & FLAGS, bytes, length, hash);
  countAsked(field, slot != 0);
  if (!slot) slot = insert(line, field->owner, token->head & FLAGS, bytes, length, hash);
  hold(token, slot);
  return slot;
}

// Remembers of the value of a field that a rule cannot hold with it, or surely does; whether the value is one that is remembered.
INLINE int ruleOutBy(struct line *line, struct route *route, struct token *token, u32 rule) {
  if (!token || (token->head & IS_LISTED)) return 0;
  struct slot *slot = token->slot ? slotOf(token) : recallSlot(line, route, token);
  if (!slot) return 0;
  for (u32 at = 0; at < slot->kills; at++)
    if (slot->kill[at] == rule) return 1;
  if (slot->kills == 0)
    for (u32 at = 0; at < VALUE_KILLS; at++) slot->kill[at] = NO_RULE;
  u32 at = slot->kills < VALUE_KILLS ? slot->kills++ : slot->killHand++ % VALUE_KILLS;
  slot->kill[at] = rule;
  struct field *field = route->fields + route->fieldOf[token->head & 0xffff];
  if (++field->ruledOut == WORTH_LOOKING_UP) field->looked = LOOKED_UP;
  return 1;
}

// Moves the candidates that hold to `held` and drops those that do not; what is left has to be tried elsewhere.
INLINE void judgeAll(struct line *line, struct route *route) {
  u32 left = 0;
  for (u32 index = 0; index < route->count; index++) {
    u32 rule = route->candidates[index];
    struct program *program = route->programs[rule];
    u32 verdict = program ? YES : MAYBE;
    u32 at = program ? program->part[1] : HOLDS;
    int isBlaming = 0;
    for (;;) {
      while ((at & 3) == 0) {
        const struct test *test = (const struct test *)at;
        u32 result = testValue(line, test);
        if (result == MAYBE) {
          // whatever the test gives, the rule cannot hold where it does not hold with this
          if (!isBlaming) verdict = MAYBE;
          at = test->yes;
        } else at = result != ((test->kind & NEGATED) != 0) ? test->yes : test->no;
      }
      if (at == HOLDS) break;
      if (!isBlaming) verdict = NO;
      u32 part = at >> 2;
      u32 field = program->part[part * 2];
      if (field && ruleOutBy(line, route, tokenOf(line, field), rule)) {
        program->vain = 0;
        break;
      }
      if (!isBlaming && program->vain++ > WORTH_BLAMING && program->vain % SELDOM != 0) break;
      isBlaming = 1;
      if (++part >= program->parts) break;
      at = program->part[part * 2 + 1];
    }
    if (verdict == YES) {
      route->held[route->heldCount++] = rule;
      if (program->only) ruleOutBy(line, route, tokenOf(line, program->only), rule | SURELY);
    }
    if (verdict == MAYBE) route->candidates[left++] = rule;
  }
  route->count = left;
}

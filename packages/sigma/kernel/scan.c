// Lines of NDJSON in, the rules that hold for each and those to be tried out, compiled to WebAssembly. Functions call
// nothing but each other, and there is no global data, so that the object file can be used without a linker (see
// tools/build-sigma-kernel.ts).
#include "demands.h"
#include "judge.h"
#include "line.h"
#include "look.h"
#include "memo.h"
#include "single.h"
#include "tokenise.h"

// Decides what can be decided of the candidates; gives how many rules hold or are left open.
NOINLINE int settled(struct line *line, struct route *route) {
  filter(line, route);
  judgeAll(line, route);
  line->held = route->heldCount;
  line->isSettled = 1;
  return (int)(route->count + route->heldCount);
}

// The rules of the route that hold for the line, and those that may; before that, if values have to be decoded, the
// candidates as far as they are known.
INLINE int candidates(struct line *line, struct route *route) {
  route->seen++;
  lookAtTokens(line, route);
  addAlways(line, route);
  route->heldCount = 0;
  line->held = 0;
  line->isSettled = 0;
  return line->specials > 0 || route->count == 0 ? (int)route->count : settled(line, route);
}

// How a value decides about the route: `state` is what was decided by the values before it, `turns` of them. Most often it is
// the same value as in the line before.
INLINE struct slot *findTurn(struct line *line, u32 turns, u32 state, u32 field, u32 *hash) {
  struct token *token = tokenOf(line, field);
  const u8 *bytes = token ? line->bytes + token->start : line->bytes;
  u32 length = token ? token->end - token->start : 0, head = token ? token->head & FLAGS : 0, owner = state | 0x80000000u;
  if (length > VALUE_BYTES || (head & IS_LISTED)) return 0;
  struct slot **latest = line->turns + (turns & (KEPT_TURNS - 1));
  struct slot *slot = *latest;
  if (slot && slot->owner == owner && slot->head == head && slot->length == length && same(slot->bytes, bytes, length)) {
    line->isUsed[slot - line->slots] = 1;
    return slot;
  }
  *hash = valueHash(line, bytes, length, owner);
  slot = find(line, owner, head, bytes, length, *hash);
  if (slot) *latest = slot;
  return slot;
}

// Gives how many rules hold for a line of `length` bytes or may hold, or NOT_JSON, NOT_FLAT, NOT_PLAIN, NO_ROUTE, NOT_READY.
NOINLINE int matchLine(struct line *line, u32 length) {
  line->length = length;
  int failure = tokenise(line, length);
  if (failure) return failure;
  if (line->demands) {
    if (!isPlain(line, line->demands, line->moments + line->momentCount)) return NOT_PLAIN;
    line->momentCount++;
  }
  if (!line->hasRoot) return NO_ROUTE;
  u32 state = 0, field = line->rootField;
  for (u32 turns = 0;; turns++) {
    u32 hash = 0;
    struct slot *slot = findTurn(line, turns, state, field, &hash);
    if (!slot) return NO_ROUTE;
    state = slot->next;
    field = slot->field;
    if (field == LEAF) break;
  }
  line->route = state;
  struct route *route = line->routes[state];
  if (route == NO_RULES) {
    line->specials = 0;
    return 0;
  }
  return route ? candidates(line, route) : NOT_READY;
}

/** What `matchLine` gives for the line that `bytes` begins with. */
int match(struct line *line, u32 length) {
  line->momentCount = 0;
  markBlocks(line, line->bytes, length);
  return matchLine(line, length);
}

/** Looks at the bytes of lines that `matchMany` will go through. */
void beginMany(struct line *line, u8 *bytes, u32 length) {
  line->momentCount = 0;
  markBlocks(line, bytes, length);
}

/**
 * Goes through lines, of those that were begun with, up to the first one that needs a look, and gives what `match` gives for
 * it; NO_MORE if none does. Where something is demanded of lines, empty ones and those whose names have no number need one.
 * `lines` counts those gone through, empty ones too, and `next` is where the next one begins.
 */
int matchMany(struct line *line, u8 *at, const u8 *end) {
  line->lines = 0;
  line->nested = 0;
  while (at < end) {
    u8 *to = lineEnd(line, at);
    if (to > end) to = (u8 *)end;
    line->lines++;
    line->bytes = at;
    u32 length = (u32)(to - at);
    at = to + 1;
    if (length == 0 && !line->demands) continue;
    int counted = matchLine(line, length);
    const u32 isNew = line->demands && counted >= 0 && line->moments[line->momentCount - 1].name == NEW_NAME;
    if (counted == 0 && line->specials == 0 && !isNew) {
      struct route *route = line->routes[line->route];
      if (route == NO_RULES || route->seen < route->wantedAt) {
        line->nested += line->isNested;
        continue;
      }
    }
    line->next = (u32)at;
    return counted;
  }
  return NO_MORE;
}

/** What `match` gives for the tokens that are there, on a route that was asked for. */
int matchOn(struct line *line, struct route *route) { return candidates(line, route); }

/**
 * Remembers that after `state` the present value of `field` leads to `next`, where `nextField` decides. Gives where it
 * leads, which is elsewhere if that was known already.
 */
u32 turn(struct line *line, u32 state, u32 field, u32 next, u32 nextField) {
  u32 hash = 0;
  struct slot *slot = findTurn(line, 0, state, field, &hash);
  if (slot || hash == 0) return slot ? slot->next : next;
  struct token *token = tokenOf(line, field);
  const u8 *bytes = token ? line->bytes + token->start : line->bytes;
  u32 length = token ? token->end - token->start : 0;
  slot = insert(line, state | 0x80000000u, token ? token->head & FLAGS : 0, bytes, length, hash);
  slot->next = next;
  slot->field = nextField;
  return next;
}

/**
 * Looks into the decoded text of a token, from `start` to `end` with quotes around it; `isHigh` says whether it has
 * characters beyond ASCII. Remembers what was found with the bytes of the token.
 */
void lookAgain(struct line *line, struct route *route, u32 number, const u8 *start, const u8 *end, u32 isHigh) {
  struct token *token = line->tokens + number;
  struct field *field = route->fields + route->fieldOf[token->head & 0xffff];
  struct found *found = begin(line, 0, 1);
  lookInto(route, field, start, end, 1, found);
  if (route->words) lookForWords(route, start, end, found);
  if (isHigh) {
    lookBeyond(route, field->beyond, start, end, 1, found);
    lookBeyond(route, route->wordsBeyond, start, end, 1, found);
  }
  u32 length = token->end - token->start;
  if (!field->owner || field->rest || length > VALUE_BYTES) return;
  remember(line, token, field->owner, valueHash(line, line->bytes + token->start, length, field->owner), found);
}

/** What `match` gives, once all values were looked at. */
int settle(struct line *line, struct route *route) { return settled(line, route); }

/** The slot of a token whose field is not looked up, made if it is not there; 0 if it is not remembered. */
u32 recall(struct line *line, struct route *route, u32 number) {
  return (u32)recallSlot(line, route, line->tokens + number);
}

/** Remembers of a value that a rule cannot hold with it; gives 0 if the value is not remembered. */
int ruleOut(struct line *line, struct route *route, u32 number, u32 rule) {
  return ruleOutBy(line, route, line->tokens + number, rule);
}

/** Enters a name within the object of another one, which must be followed by a quote and sixteen readable bytes. */
struct key *addKey(struct line *line, struct key *parent, const u8 *name, u32 length, u32 field) {
  return putKey(line, parent, name, length, keyHash(parent, name, length), field);
}

/**
 * Copies a value whose only escapes are those of backslash and quote, without them. Gives the new length. Up to sixteen
 * bytes behind the copy are written too.
 */
u32 plain(const u8 *from, u32 length, u8 *to) {
  const v128_t backslash = wasm_i8x16_splat('\\');
  u32 at = 0;
  u32 written = 0;
  while (at < length) {
    v128_t block = wasm_v128_load(from + at);
    wasm_v128_store(to + written, block);
    u32 mask = wasm_i8x16_bitmask(wasm_i8x16_eq(block, backslash));
    u32 count = mask ? __builtin_ctz(mask) : 16;
    if (at + count >= length) return written + (length - at);
    at += count;
    written += count;
    if (mask) {
      to[written++] = from[at + 1];
      at += 2;
    }
  }
  return written;
}

/** The only value of a field as a number; not a number when it is none, or none that is sure to be what JavaScript reads. */
double numberOf(struct line *line, u32 field) {
  const struct token *token = tokenOf(line, field);
  if (!token || !(token->head & IS_NUMBER) || (token->head & IS_LISTED)) return __builtin_nan("");
  return numberIn(line->bytes + token->start, line->bytes + token->end);
}

/** Zero when the value of a field surely has no such text, which has at least two characters that are never escaped. */
u32 mayHold(struct line *line, u32 field, const u8 *text, u32 length) {
  const struct token *token = tokenOf(line, field);
  if (!token || (token->head & (IS_NULL | IS_LISTED)) == IS_NULL) return 0;
  if (token->head & (NEEDS_DECODING | IS_LISTED)) return 1;
  return (u32)isIn(line->bytes + token->start, line->bytes + token->end, text, length);
}

/** What was noted of the only value of a field for an owner; zero for nothing. */
u32 noted(struct line *line, u32 field, u32 owner) {
  u32 hash = 0;
  struct slot *slot = noteOf(line, field, owner, &hash);
  return slot ? slot->next : 0;
}

/** Notes something of that value, which is forgotten when others need the place. */
void note(struct line *line, u32 field, u32 owner, u32 what) {
  u32 hash = 0;
  struct slot *slot = noteOf(line, field, owner, &hash);
  if (hash == 0) return;
  const struct token *token = tokenOf(line, field);
  const u32 length = token->end - token->start;
  if (!slot) slot = insert(line, owner, token->head & FLAGS, line->bytes + token->start, length, hash);
  slot->next = what;
}

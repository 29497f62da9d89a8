// A line of NDJSON in, the rules worth trying on it out, compiled to WebAssembly. No calls of functions and no global
// data, so that the object file can be used without a linker (see tools/build-sigma-kernel.ts).
#include "line.h"
#include "look.h"
#include "memo.h"
#include "tokenise.h"

// The candidates of the line on a route: `always`, and those whose clauses are shown.
INLINE int candidates(struct line *line, struct route *route) {
  lookAtTokens(line, route);
  addAlways(line, route);
  filter(line, route);
  return (int)route->count;
}

// How a value decides about the route: `state` is what was decided by the values before it.
INLINE struct slot *findTurn(const struct line *line, u32 state, u32 field, u32 *hash) {
  struct token *token = tokenOf(line, field);
  const u8 *bytes = token ? line->bytes + token->start : line->bytes;
  u32 length = token ? token->end - token->start : 0;
  if (length > VALUE_BYTES || (token && (token->head & IS_LISTED))) return 0;
  *hash = valueHash(line, bytes, length, state | 0x80000000u);
  return find(line, state | 0x80000000u, token ? token->head & FLAGS : 0, bytes, length, *hash);
}

/** Gives the number of candidates of a line of `length` bytes, or NOT_JSON, NOT_FLAT, NO_ROUTE, NOT_READY. */
int match(struct line *line, u32 length) {
  int failure = tokenise(line, length);
  if (failure) return failure;
  if (!line->hasRoot) return NO_ROUTE;
  u32 state = 0, field = line->rootField;
  for (;;) {
    u32 hash = 0;
    struct slot *slot = findTurn(line, state, field, &hash);
    if (!slot) return NO_ROUTE;
    state = slot->next;
    field = slot->field;
    if (field == LEAF) break;
  }
  line->route = state;
  struct route *route = line->routes[state];
  return route ? candidates(line, route) : NOT_READY;
}

/** The same for the tokens that are there, on a route that was asked for. */
int matchOn(struct line *line, struct route *route) { return candidates(line, route); }

/**
 * Remembers that after `state` the present value of `field` leads to `next`, where `nextField` decides. Gives where it
 * leads, which is elsewhere if that was known already.
 */
u32 turn(struct line *line, u32 state, u32 field, u32 next, u32 nextField) {
  u32 hash = 0;
  struct slot *slot = findTurn(line, state, field, &hash);
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
  struct found found = {0, line->marks, 1};
  lookInto(route, field, start, end, 1, &found);
  if (isHigh) markAll(route, (const u32 *)field->high, field->highCount, &found);
  u32 length = token->end - token->start;
  if (!field->owner || field->rest || length > VALUE_BYTES) return;
  remember(line, token, field->owner, valueHash(line, line->bytes + token->start, length, field->owner), &found);
}

/** Takes away candidates that are known not to hold; gives how many are left. */
int settle(struct line *line, struct route *route) {
  filter(line, route);
  return (int)route->count;
}

/** The slot of a token whose field is not looked up, made if it is not there; 0 if it is not remembered. */
u32 recall(struct line *line, struct route *route, u32 number) {
  struct token *token = line->tokens + number;
  struct field *field = route->fields + route->fieldOf[token->head & 0xffff];
  u32 length = token->end - token->start;
  if (field->looked == LOOKED_UP || !field->owner || length > VALUE_BYTES || !isRemembered(field)) return 0;
  const u8 *bytes = line->bytes + token->start;
  u32 hash = valueHash(line, bytes, length, field->owner);
  struct slot *slot = find(line, field->owner, token->head & FLAGS, bytes, length, hash);
  countAsked(field, slot != 0);
  if (!slot) slot = insert(line, field->owner, token->head & FLAGS, bytes, length, hash);
  hold(token, slot);
  return (u32)slot;
}

/** Remembers of a value that a rule cannot hold with it. */
void kill(struct slot *slot, u32 rule) {
  for (u32 at = 0; at < slot->kills; at++)
    if (slot->kill[at] == rule) return;
  if (slot->kills == 0)
    for (u32 at = 0; at < VALUE_KILLS; at++) slot->kill[at] = NO_RULE;
  u32 at = slot->kills < VALUE_KILLS ? slot->kills++ : slot->killHand++ % VALUE_KILLS;
  slot->kill[at] = rule;
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

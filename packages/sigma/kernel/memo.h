// Values that come again: a table of sets of four, the bytes themselves compared. What was not met again goes first.
#pragma once
#include "line.h"

#define MIN_ASKED 1024
#define REST 65536

INLINE u32 valueHash(const struct line *line, const u8 *bytes, u32 length, u32 owner) {
  return (hashOf(bytes, length, owner) & line->hashMask) | 1;
}

INLINE struct slot *find(const struct line *line, u32 owner, u32 head, const u8 *bytes, u32 length, u32 hash) {
  u32 set = (hash >> 1) & line->setMask;
  v128_t tags = wasm_v128_load(line->tags + set * 4);
  u32 mask = wasm_i32x4_bitmask(wasm_i32x4_eq(tags, wasm_i32x4_splat((int)hash)));
  while (mask) {
    struct slot *slot = line->slots + set * 4 + __builtin_ctz(mask);
    if (slot->owner == owner && slot->head == head && slot->length == length && same(slot->bytes, bytes, length)) {
      line->isUsed[set * 4 + __builtin_ctz(mask)] = 1;
      return slot;
    }
    mask &= mask - 1;
  }
  return 0;
}

// A slot for a value that is not in the table, which has at most VALUE_BYTES.
INLINE struct slot *insert(struct line *line, u32 owner, u32 head, const u8 *bytes, u32 length, u32 hash) {
  u32 set = (hash >> 1) & line->setMask;
  u32 *tags = line->tags + set * 4;
  u32 way = line->hand++ & 3;
  for (u32 times = 0; times < 4; times++, way = (way + 1) & 3) {
    u8 *isUsed = line->isUsed + set * 4 + way;
    if (tags[way] == 0 || !*isUsed) break;
    *isUsed = 0;
  }
  struct slot *slot = line->slots + set * 4 + way;
  tags[way] = hash;
  slot->hash = hash;
  slot->owner = owner;
  slot->head = head;
  slot->length = length;
  slot->serial = ++line->serial;
  line->isUsed[set * 4 + way] = 0;
  slot->marks = 0;
  slot->kills = 0;
  slot->killHand = 0;
  for (u32 at = 0; at < length; at += 16) wasm_v128_store(slot->bytes + at, wasm_v128_load(bytes + at));
  return slot;
}

// Whether the hash came lately: most values that come once never come again, and take no other's place.
INLINE int isSeenAgain(struct line *line, u32 hash) {
  u32 *seen = line->seen + (hash >> 1 & line->seenMask);
  if (*seen == hash) return 1;
  *seen = hash;
  return 0;
}

INLINE void hold(struct token *token, struct slot *slot) {
  token->slot = slot;
  token->serial = slot->serial;
}

// The slot of a token, unless another value of the line has taken its place.
INLINE struct slot *slotOf(const struct token *token) {
  return token->slot && token->slot->serial == token->serial ? token->slot : 0;
}

// The slot that a token of a known object was remembered by, if that still is its value's, and of the field's owner.
INLINE struct slot *hinted(const struct line *line, const struct token *token, u32 owner) {
  struct slot *slot = token->hint;
  if (!slot || slot->serial != token->hintSerial || slot->owner != owner) return 0;
  line->isUsed[slot - line->slots] = 1;
  return slot;
}

// Whether values of the field are worth looking up now.
INLINE int isRemembered(struct field *field) {
  if (field->rest == 0) return 1;
  field->rest--;
  return 0;
}

INLINE void countAsked(struct field *field, int isFound) {
  field->asked++;
  field->found += isFound;
  if (field->asked < MIN_ASKED) return;
  if (field->found * 4 < field->asked) field->rest = REST;
  field->asked = field->found = 0;
}

// Objects and lists that come again, such as the ancestors of a process: what their tokens were is known by their bytes.
#pragma once
#include "line.h"

#define REPEATS_ASKED 256
#define REPEATS_REST 4096
// Bytes that tell where a value is looked for.
#define KNOWN_BEGINNING 32

// Whether values of the key are worth looking up now.
INLINE int isRepeated(const struct line *line, const struct key *key) {
  struct repeats *repeats = line->repeats + (key - line->allKeys);
  if (repeats->rest == 0) return 1;
  repeats->rest--;
  return 0;
}

INLINE void countRepeat(const struct line *line, const struct key *key, u32 isFound) {
  struct repeats *repeats = line->repeats + (key - line->allKeys);
  repeats->asked++;
  repeats->found += isFound;
  if (repeats->asked < REPEATS_ASKED) return;
  if (repeats->found * 8 < repeats->asked) repeats->rest = REPEATS_REST;
  repeats->asked = repeats->found = 0;
}

// Where a value that begins here is remembered, if it is.
INLINE struct known *placeOf(const struct line *line, const struct key *key, const u8 *at) {
  return line->known + (hashOf(at, KNOWN_BEGINNING, (u32)key) & line->knownMask);
}

// Whether it is the value that stands at `at`, of which so many bytes are left. Its end is in its bytes, being a whole value.
INLINE int isMet(const struct known *known, const struct key *key, u32 listed, u32 depth, const u8 *at, u32 left) {
  return known->key == key && known->listed == listed && known->depth == depth && known->length <= left &&
         same(known->bytes, at, known->length);
}

INLINE void noteMet(struct line *line, struct known *known, u32 first) {
  if (line->metCount < MAX_MET) line->met[line->metCount++] = (struct met){known, known->serial, first};
}

// Remembers the value of a key from `start` to `end` whose tokens are those from `first` to `count`.
INLINE void keep(struct line *line, struct known *known, struct key *key, const struct level *level, u32 depth, u32 end, u32 count) {
  const u32 start = level->start, first = level->count, length = end - start;
  if (length < KNOWN_LEAST || length > KNOWN_BYTES || count - first > KNOWN_TOKENS) return;
  known->key = key;
  known->serial = ++line->knownSerial;
  known->length = length;
  known->count = count - first;
  known->listed = level->listed;
  known->depth = depth;
  known->lists = line->lists - level->lists;
  for (u32 number = 0; number < known->count; number++) {
    struct token *token = known->tokens + number;
    *token = line->tokens[first + number];
    token->start -= start;
    token->end -= start;
  }
  for (u32 at = 0; at < length; at += 16) wasm_v128_store(known->bytes + at, wasm_v128_load(line->bytes + start + at));
  noteMet(line, known, first);
}

// Notes with the known values of the line before which slots its tokens have.
INLINE void noteHints(struct line *line) {
  for (u32 number = 0; number < line->metCount; number++) {
    const struct met *met = line->met + number;
    struct known *known = met->known;
    if (known->serial != met->serial) continue;
    for (u32 each = 0; each < known->count; each++) {
      const struct token *token = line->tokens + met->first + each;
      if (!token->slot) continue;
      known->tokens[each].hint = token->slot;
      known->tokens[each].hintSerial = token->serial;
    }
  }
  line->metCount = 0;
}

// Where the values of a flat JSON object are.
#pragma once
#include "line.h"

#define SKIP_SPACE()                                                                                             \
  while (at < length && bytes[at] <= ' ') {                                                                      \
    if (bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] != '\r' && bytes[at] != '\n') break;                  \
    at++;                                                                                                        \
  }

// Reads a string whose opening quote is at `at`; leaves `at` behind the closing one. 32 bytes behind the line are readable.
#define READ_STRING(flags)                                                                                      \
  do {                                                                                                          \
    at++;                                                                                                       \
    for (;;) {                                                                                                  \
      if (at >= length) return NOT_JSON;                                                                        \
      v128_t block = wasm_v128_load(bytes + at);                                                                \
      v128_t stop = wasm_v128_or(wasm_v128_or(wasm_i8x16_eq(block, quote), wasm_i8x16_eq(block, backslash)),     \
                                 wasm_u8x16_lt(block, space));                                                  \
      u32 mask = wasm_i8x16_bitmask(stop);                                                                      \
      u32 high = wasm_i8x16_bitmask(block);                                                                     \
      if (mask == 0) {                                                                                          \
        if (high) flags |= HAS_HIGH;                                                                            \
        at += 16;                                                                                               \
        continue;                                                                                               \
      }                                                                                                         \
      u32 stopAt = __builtin_ctz(mask);                                                                         \
      if (high & ((1u << stopAt) - 1)) flags |= HAS_HIGH;                                                       \
      at += stopAt;                                                                                             \
      if (at >= length) return NOT_JSON;                                                                        \
      u8 byte = bytes[at];                                                                                      \
      if (byte == '"') { at++; break; }                                                                         \
      if (byte != '\\') return NOT_JSON;                                                                        \
      if (at + 1 >= length) return NOT_JSON;                                                                    \
      u8 next = bytes[at + 1];                                                                                  \
      if (next == '\\' || next == '"') flags |= HAS_ESCAPE;                                                     \
      else if (next == 'u') {                                                                                   \
        if (at + 5 >= length) return NOT_JSON;                                                                  \
        for (u32 digit = at + 2; digit < at + 6; digit++) {                                                     \
          u8 lower = bytes[digit] | 0x20;                                                                       \
          if (!((bytes[digit] >= '0' && bytes[digit] <= '9') || (lower >= 'a' && lower <= 'f'))) return NOT_JSON; \
        }                                                                                                       \
        flags |= NEEDS_DECODING;                                                                                \
      } else if (next == '/' || next == 'b' || next == 'f' || next == 'n' || next == 'r' || next == 't')        \
        flags |= NEEDS_DECODING;                                                                                \
      else return NOT_JSON;                                                                                     \
      at += 2;                                                                                                  \
    }                                                                                                           \
  } while (0)

#define IS_DIGIT(byte) ((byte) >= '0' && (byte) <= '9')

#define MAX_KEY 64
#define MAX_PROBES 8

// Puts a key into the table; a field of zero is a name that no rule has.
INLINE struct key *putKey(struct line *line, const u8 *name, u32 length, u32 hash, u32 field) {
  u32 slot = hash & line->keyMask;
  while (line->keys[slot].hash != 0) slot = (slot + 1) & line->keyMask;
  struct key *key = line->keys + slot;
  key->hash = hash;
  key->name = name;
  key->length = length;
  key->field = field;
  key->next = 0;
  return key;
}

/**
 * Finds the tokens of the line and where each field is. Gives 0, NOT_JSON when JSON.parse would refuse the line,
 * NOT_FLAT when it has to be asked: nested values, escapes in keys, a field that comes twice.
 */
INLINE int tokenise(struct line *line, u32 length) {
  const u8 *bytes = line->bytes;
  const v128_t quote = wasm_i8x16_splat('"');
  const v128_t backslash = wasm_i8x16_splat('\\');
  const v128_t space = wasm_i8x16_splat(0x20);
  u32 at = 0;
  u32 count = 0;
  struct token *tokens = line->tokens;
  u32 *where = line->where;
  if (++line->generation == 0) {
    for (u32 word = 0; word < line->fields * 2; word++) where[word] = 0;
    line->generation = 1;
  }
  u32 generation = line->generation;
  struct key *before = &line->first;
  line->count = 0;
  SKIP_SPACE();
  if (at >= length || bytes[at] != '{') return NOT_FLAT;
  at++;
  SKIP_SPACE();
  if (at < length && bytes[at] == '}') at++;
  else
    for (;;) {
      if (at >= length || bytes[at] != '"') return NOT_JSON;
      struct key *key = before->next;
      u32 field;
      // most often the same name follows as the last time
      if (key && at + key->length + 2 <= length && same(key->name, bytes + at + 1, key->length + 1)) {
        at += key->length + 2;
        field = key->field;
        before = key;
      } else {
        u32 keyStart = at + 1;
        u32 keyFlags = 0;
        READ_STRING(keyFlags);
        if (keyFlags & (NEEDS_DECODING | HAS_ESCAPE)) return NOT_FLAT;
        u32 keyLength = at - 1 - keyStart;
        field = 0;
        key = 0;
        u32 hash = hashOf(bytes + keyStart, keyLength, 0);
        u32 probes = 0;
        for (u32 slot = hash & line->keyMask; line->keys[slot].hash != 0; slot = (slot + 1) & line->keyMask) {
          struct key *each = line->keys + slot;
          probes++;
          if (each->hash != hash || each->length != keyLength || !same(each->name, bytes + keyStart, keyLength)) continue;
          key = each;
          break;
        }
        if (!key && keyLength <= MAX_KEY && line->keysLeft > 0 && probes < MAX_PROBES) {
          u8 *name = line->keyNames;
          for (u32 copied = 0; copied <= keyLength; copied += 16)
            wasm_v128_store(name + copied, wasm_v128_load(bytes + keyStart + copied));
          line->keyNames += (keyLength + 32) & ~15u;
          line->keysLeft--;
          key = putKey(line, name, keyLength, hash, 0);
        }
        if (key) {
          field = key->field;
          before->next = key;
          before = key;
        }
      }
      SKIP_SPACE();
      if (at >= length || bytes[at] != ':') return NOT_JSON;
      at++;
      SKIP_SPACE();
      if (at >= length || count >= line->capacity) return at >= length ? NOT_JSON : NOT_FLAT;

      u32 start = at;
      u32 end;
      u32 flags = 0;
      u8 first = bytes[at];
      if (first == '"') {
        READ_STRING(flags);
        flags |= IS_STRING;
        start++;
        end = at - 1;
      } else if (first == '{' || first == '[') {
        return NOT_FLAT;
      } else if (first == 't') {
        if (at + 4 > length || bytes[at + 1] != 'r' || bytes[at + 2] != 'u' || bytes[at + 3] != 'e') return NOT_JSON;
        at += 4;
        end = at;
        flags = IS_TRUE;
      } else if (first == 'f') {
        if (at + 5 > length || bytes[at + 1] != 'a' || bytes[at + 2] != 'l' || bytes[at + 3] != 's' || bytes[at + 4] != 'e')
          return NOT_JSON;
        at += 5;
        end = at;
        flags = IS_FALSE;
      } else if (first == 'n') {
        if (at + 4 > length || bytes[at + 1] != 'u' || bytes[at + 2] != 'l' || bytes[at + 3] != 'l') return NOT_JSON;
        at += 4;
        end = at;
        flags = IS_NULL;
      } else {
        flags = IS_NUMBER;
        if (bytes[at] == '-') {
          at++;
          flags |= NEEDS_DECODING;
        }
        if (at >= length || !IS_DIGIT(bytes[at])) return NOT_JSON;
        u32 digits = at;
        if (bytes[at] == '0') at++;
        else while (at < length && IS_DIGIT(bytes[at])) at++;
        if (at - digits > 15) flags |= NEEDS_DECODING;
        if (at < length && bytes[at] == '.') {
          flags |= NEEDS_DECODING;
          at++;
          if (at >= length || !IS_DIGIT(bytes[at])) return NOT_JSON;
          while (at < length && IS_DIGIT(bytes[at])) at++;
        }
        if (at < length && (bytes[at] | 0x20) == 'e') {
          flags |= NEEDS_DECODING;
          at++;
          if (at < length && (bytes[at] == '+' || bytes[at] == '-')) at++;
          if (at >= length || !IS_DIGIT(bytes[at])) return NOT_JSON;
          while (at < length && IS_DIGIT(bytes[at])) at++;
        }
        end = at;
      }
      if (field != 0) {
        // of two values of a field the later one counts, of which tables of fields know nothing
        if (where[field * 2] == generation) return NOT_FLAT;
        where[field * 2] = generation;
        where[field * 2 + 1] = count;
      }
      tokens[count].head = field | flags;
      tokens[count].start = start;
      tokens[count].end = end;
      tokens[count].slot = 0;
      count++;
      SKIP_SPACE();
      if (at >= length) return NOT_JSON;
      if (bytes[at] == '}') { at++; break; }
      if (bytes[at] != ',') return NOT_JSON;
      at++;
      SKIP_SPACE();
    }
  SKIP_SPACE();
  line->count = count;
  return at == length ? 0 : NOT_JSON;
}

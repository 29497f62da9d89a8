// The two inner loops over a line of NDJSON, compiled to WebAssembly: where its values are, and which grams they hold.
// No calls and no global data, so that the object file can be used without a linker (see tools/build-sigma-kernel.ts).
#include <wasm_simd128.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

// flags of a token, above the sixteen bits of its field
#define IS_STRING (1u << 16)
#define IS_NUMBER (1u << 17)
#define IS_TRUE (1u << 18)
#define IS_FALSE (1u << 19)
#define IS_NULL (1u << 20)
#define HAS_ESCAPE (1u << 21)   // only \\ and \"
#define HAS_HIGH (1u << 22)     // a byte above 127
#define NEEDS_DECODING (1u << 23) // another escape, or a number not spelled as JavaScript spells it

#define NOT_FLAT (-2)
#define NOT_JSON (-1)

#define SKIP_SPACE() \
  while (at < length && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r' || line[at] == '\n')) at++

// Reads a string whose opening quote is at `at`; leaves `at` behind the closing one. 32 bytes behind the line are readable.
#define READ_STRING(flags)                                                                                      \
  do {                                                                                                          \
    at++;                                                                                                       \
    for (;;) {                                                                                                  \
      if (at >= length) return NOT_JSON;                                                                        \
      v128_t block = wasm_v128_load(line + at);                                                                 \
      v128_t stop = wasm_v128_or(wasm_v128_or(wasm_i8x16_eq(block, quote), wasm_i8x16_eq(block, backslash)),     \
                                 wasm_u8x16_lt(block, space));                                                  \
      u32 mask = wasm_i8x16_bitmask(stop);                                                                      \
      u32 high = wasm_i8x16_bitmask(block);                                                                     \
      if (mask == 0) {                                                                                          \
        if (high) flags |= HAS_HIGH;                                                                            \
        at += 16;                                                                                               \
        continue;                                                                                               \
      }                                                                                                         \
      u32 first = __builtin_ctz(mask);                                                                          \
      if (high & ((1u << first) - 1)) flags |= HAS_HIGH;                                                        \
      at += first;                                                                                              \
      if (at >= length) return NOT_JSON;                                                                        \
      u8 byte = line[at];                                                                                       \
      if (byte == '"') { at++; break; }                                                                         \
      if (byte != '\\') return NOT_JSON;                                                                        \
      if (at + 1 >= length) return NOT_JSON;                                                                    \
      u8 next = line[at + 1];                                                                                   \
      if (next == '\\' || next == '"') flags |= HAS_ESCAPE;                                                     \
      else if (next == 'u') {                                                                                   \
        if (at + 5 >= length) return NOT_JSON;                                                                  \
        for (u32 digit = at + 2; digit < at + 6; digit++) {                                                     \
          u8 lower = line[digit] | 0x20;                                                                        \
          if (!((line[digit] >= '0' && line[digit] <= '9') || (lower >= 'a' && lower <= 'f'))) return NOT_JSON; \
        }                                                                                                       \
        flags |= NEEDS_DECODING;                                                                                \
      } else if (next == '/' || next == 'b' || next == 'f' || next == 'n' || next == 'r' || next == 't')        \
        flags |= NEEDS_DECODING;                                                                                \
      else return NOT_JSON;                                                                                     \
      at += 2;                                                                                                  \
    }                                                                                                           \
  } while (0)

#define IS_DIGIT(byte) ((byte) >= '0' && (byte) <= '9')

/**
 * Finds the values of a flat JSON object. Fields are known by a table of `mask + 1` entries of four words: hash, place
 * and length of the key, number. Writes three words a token: number of the field and flags, start, end (without quotes).
 * Gives the number of tokens, NOT_JSON when JSON.parse would refuse the line, NOT_FLAT when it has to be asked.
 */
int tokenise(const u8 *line, u32 length, const u32 *fields, u32 mask, u32 *tokens, u32 capacity) {
  const v128_t quote = wasm_i8x16_splat('"');
  const v128_t backslash = wasm_i8x16_splat('\\');
  const v128_t space = wasm_i8x16_splat(0x20);
  u32 at = 0;
  u32 count = 0;
  SKIP_SPACE();
  if (at >= length || line[at] != '{') return NOT_FLAT;
  at++;
  SKIP_SPACE();
  if (at < length && line[at] == '}') at++;
  else
    for (;;) {
      if (at >= length || line[at] != '"') return NOT_JSON;
      u32 keyStart = at + 1;
      u32 keyFlags = 0;
      READ_STRING(keyFlags);
      if (keyFlags & (NEEDS_DECODING | HAS_ESCAPE)) return NOT_FLAT;
      u32 keyLength = at - 1 - keyStart;
      SKIP_SPACE();
      if (at >= length || line[at] != ':') return NOT_JSON;
      at++;
      SKIP_SPACE();
      if (at >= length || count >= capacity) return at >= length ? NOT_JSON : NOT_FLAT;

      // the field: its first and last four bytes make the hash (the line has readable bytes before and behind it)
      u32 head = *(const u32 *)(line + keyStart);
      u32 tail = *(const u32 *)(line + keyStart + keyLength - 4);
      u32 hash = (head * 0x9e3779b1u ^ tail * 0x85ebca6bu) + keyLength;
      hash ^= hash >> 15;
      u32 field = 0;
      if (keyLength >= 4)
        for (u32 slot = hash & mask; fields[slot * 4 + 3] != 0; slot = (slot + 1) & mask) {
          const u32 *entry = fields + slot * 4;
          if (entry[0] != hash || entry[2] != keyLength) continue;
          const u8 *name = (const u8 *)entry[1];
          u32 same = 0;
          while (same < keyLength && name[same] == line[keyStart + same]) same++;
          if (same == keyLength) { field = entry[3]; break; }
        }
      else
        for (u32 slot = keyLength & mask; fields[slot * 4 + 3] != 0; slot = (slot + 1) & mask) {
          const u32 *entry = fields + slot * 4;
          if (entry[2] != keyLength) continue;
          const u8 *name = (const u8 *)entry[1];
          u32 same = 0;
          while (same < keyLength && name[same] == line[keyStart + same]) same++;
          if (same == keyLength) { field = entry[3]; break; }
        }

      u32 start = at;
      u32 end;
      u32 flags = 0;
      u8 first = line[at];
      if (first == '"') {
        READ_STRING(flags);
        flags |= IS_STRING;
        start++;
        end = at - 1;
      } else if (first == '{' || first == '[') {
        return NOT_FLAT;
      } else if (first == 't') {
        if (at + 4 > length || line[at + 1] != 'r' || line[at + 2] != 'u' || line[at + 3] != 'e') return NOT_JSON;
        at += 4;
        end = at;
        flags = IS_TRUE;
      } else if (first == 'f') {
        if (at + 5 > length || line[at + 1] != 'a' || line[at + 2] != 'l' || line[at + 3] != 's' || line[at + 4] != 'e')
          return NOT_JSON;
        at += 5;
        end = at;
        flags = IS_FALSE;
      } else if (first == 'n') {
        if (at + 4 > length || line[at + 1] != 'u' || line[at + 2] != 'l' || line[at + 3] != 'l') return NOT_JSON;
        at += 4;
        end = at;
        flags = IS_NULL;
      } else {
        flags = IS_NUMBER;
        if (line[at] == '-') {
          at++;
          flags |= NEEDS_DECODING;
        }
        if (at >= length || !IS_DIGIT(line[at])) return NOT_JSON;
        u32 digits = at;
        if (line[at] == '0') at++;
        else while (at < length && IS_DIGIT(line[at])) at++;
        if (at - digits > 15) flags |= NEEDS_DECODING;
        if (at < length && line[at] == '.') {
          flags |= NEEDS_DECODING;
          at++;
          if (at >= length || !IS_DIGIT(line[at])) return NOT_JSON;
          while (at < length && IS_DIGIT(line[at])) at++;
        }
        if (at < length && (line[at] | 0x20) == 'e') {
          flags |= NEEDS_DECODING;
          at++;
          if (at < length && (line[at] == '+' || line[at] == '-')) at++;
          if (at >= length || !IS_DIGIT(line[at])) return NOT_JSON;
          while (at < length && IS_DIGIT(line[at])) at++;
        }
        end = at;
      }
      tokens[count * 3] = field | flags;
      tokens[count * 3 + 1] = start;
      tokens[count * 3 + 2] = end;
      count++;
      SKIP_SPACE();
      if (at >= length) return NOT_JSON;
      if (line[at] == '}') { at++; break; }
      if (line[at] != ',') return NOT_JSON;
      at++;
      SKIP_SPACE();
    }
  SKIP_SPACE();
  return at == length ? (int)count : NOT_JSON;
}

/**
 * Finds grams in the values of the fields that `salts` names (a word a field; zero: not looked at). `bitmap` has a bit
 * for every hash (32 - `shift` bits of it); every `step`th byte is looked at; `grams` is a table of `mask + 1` pairs of gram and bucket (from 1). Writes
 * three words a hit: token, position, bucket. Gives the number of hits, or -1 when they do not fit.
 */
int scan(const u8 *line, const u32 *tokens, u32 count, const u32 *salts, const u32 *bitmap, u32 shift,
         const u32 *grams, u32 mask, u32 step, u32 *hits, u32 capacity) {
  u32 found = 0;
  for (u32 token = 0; token < count; token++) {
    u32 head = tokens[token * 3];
    u32 salt = salts[head & 0xffff];
    if (salt == 0 || (head & NEEDS_DECODING) || !(head & (IS_STRING | IS_NUMBER))) continue;
    // quotes belong to the text, so that grams can stand at its edges
    u32 edge = head & IS_STRING ? 1 : 0;
    u32 at = tokens[token * 3 + 1] - edge;
    u32 end = tokens[token * 3 + 2] + edge;
    for (; at + 4 <= end; at += step) {
      u32 gram = (*(const u32 *)(line + at) | 0x20202020u) ^ salt;
      u32 mixed = gram * 0x9e3779b1u;
      u32 hash = mixed >> shift;
      if (!((bitmap[hash >> 5] >> (hash & 31)) & 1)) continue;
      for (u32 slot = (mixed >> 4) & mask; grams[slot * 2 + 1] != 0; slot = (slot + 1) & mask)
        if (grams[slot * 2] == gram) {
          if (found >= capacity) return -1;
          hits[found * 3] = token;
          hits[found * 3 + 1] = at;
          hits[found * 3 + 2] = grams[slot * 2 + 1];
          found++;
          break;
        }
    }
  }
  return (int)found;
}

/**
 * Finds pairs of bytes, for what is too short for a gram. `salts` as above, with a bit above the sixteen of a pair set
 * where a field is looked at; `bitmap` has a bit for every pair. Writes three words a hit: token, position, salted pair.
 */
int pairs(const u8 *line, const u32 *tokens, u32 count, const u32 *salts, const u32 *bitmap, u32 *hits, u32 capacity) {
  u32 found = 0;
  for (u32 token = 0; token < count; token++) {
    u32 head = tokens[token * 3];
    u32 salt = salts[head & 0xffff];
    if (salt == 0 || (head & NEEDS_DECODING) || !(head & (IS_STRING | IS_NUMBER))) continue;
    salt &= 0xffff;
    u32 edge = head & IS_STRING ? 1 : 0;
    u32 at = tokens[token * 3 + 1] - edge;
    u32 end = tokens[token * 3 + 2] + edge;
    for (; at + 2 <= end; at++) {
      u32 pair = (*(const u16 *)(line + at) | 0x2020u) ^ salt;
      if (!((bitmap[pair >> 5] >> (pair & 31)) & 1)) continue;
      if (found >= capacity) return -1;
      hits[found * 3] = token;
      hits[found * 3 + 1] = at;
      hits[found * 3 + 2] = pair;
      found++;
    }
  }
  return (int)found;
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

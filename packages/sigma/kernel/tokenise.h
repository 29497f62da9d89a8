// Where the values of a JSON object are, those within its objects and lists too.
#pragma once
#include "blocks.h"
#include "known.h"

#define SKIP_SPACE()                                                                                             \
  while (at < length && bytes[at] <= ' ') {                                                                      \
    if (bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] != '\r' && bytes[at] != '\n') break;                  \
    at++;                                                                                                        \
  }

// Reads a string whose opening quote is at `at`; leaves `at` behind the closing one.
#define READ_STRING(flags)                                                                                      \
  do {                                                                                                          \
    at++;                                                                                                       \
    const u32 opened = at;                                                                                      \
    u32 number = (at + offset) >> 6;                                                                            \
    const struct block *block = line->blocks + number;                                                          \
    u64 within = ~0ull << ((at + offset) & 63), backslashes = 0, high = 0, unusual = 0;                          \
    u64 quotes = block->quotes & within;                                                                        \
    while (!quotes) {                                                                                           \
      backslashes |= block->backslashes & within;                                                               \
      high |= block->high & within;                                                                             \
      unusual |= block->unusual & within;                                                                       \
      within = ~0ull;                                                                                           \
      block++;                                                                                                  \
      number++;                                                                                                 \
      quotes = block->quotes;                                                                                   \
    }                                                                                                           \
    within &= (quotes & -quotes) - 1;                                                                           \
    backslashes |= block->backslashes & within;                                                                 \
    high |= block->high & within;                                                                               \
    unusual |= block->unusual & within;                                                                         \
    at = number * 64 + (u32)__builtin_ctzll(quotes) + 1 - offset;                                               \
    if (at > length) return NOT_JSON;                                                                           \
    if (unusual) {                                                                                              \
      at = opened;                                                                                              \
      READ_UNUSUAL(flags);                                                                                      \
    } else {                                                                                                    \
      if (backslashes) flags |= HAS_ESCAPE;                                                                     \
      if (high) flags |= HAS_HIGH;                                                                              \
    }                                                                                                           \
  } while (0)

// Reads a string from behind its opening quote, byte by byte where it is not plain. 32 bytes behind the line are readable.
#define READ_UNUSUAL(flags)                                                                                     \
  do {                                                                                                          \
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

// Puts a key into the table.
INLINE struct key *putKey(struct line *line, struct key *parent, const u8 *name, u32 length, u32 hash, u32 field) {
  u32 slot = hash & line->keyMask;
  while (line->keys[slot]) slot = (slot + 1) & line->keyMask;
  struct key *key = line->keys[slot] = line->allKeys + line->keyCount++;
  *key = (struct key){hash, name, length, field, 0, 0, parent, 0, {0}, 0xffff, length + 2, {0, 0}};
  if (key->textLength < 16) key->wanted = (1u << key->textLength) - 1;
  for (u32 at = 0; at < 16; at++) key->text[at] = at <= length ? name[at] : ':';
  return key;
}

INLINE u32 keyHash(const struct key *parent, const u8 *name, u32 length) { return hashOf(name, length, (u32)parent); }

// Puts a token where its field is found; a field that has another one must be a list's, or the line has to be parsed.
#define ADD_TOKEN(flags, from, to)                                                                  \
  do {                                                                                              \
    u32 numbered = field & KEY_FIELD;                                                               \
    if (numbered) {                                                                                 \
      if (where[numbered * 2] != generation) {                                                      \
        where[numbered * 2] = generation;                                                           \
        where[numbered * 2 + 1] = count;                                                            \
      } else if (!((flags) & tokens[where[numbered * 2 + 1]].head & IS_LISTED)) return NOT_FLAT;     \
    }                                                                                               \
    tokens[count].head = numbered | (flags);                                                        \
    tokens[count].start = from;                                                                     \
    tokens[count].end = to;                                                                         \
    tokens[count].slot = tokens[count].hint = 0;                                                     \
    count++;                                                                                        \
  } while (0)

// Whether the name of a key, its quote and a colon stand at a place, with so many bytes left of the line.
INLINE int isNext(const struct key *key, const u8 *at, u32 left) {
  u32 equal = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(at), wasm_v128_load(key->text)));
  if ((equal & key->wanted) != key->wanted || key->textLength >= left) return 0;
  if (key->textLength <= 16) return 1;
  return same(key->name + 16, at + 16, key->textLength - 17) && at[key->textLength - 1] == ':';
}

// Of two values of a name the later one counts, of which the tokens know nothing.
#define MEET_ONCE()                              \
  do {                                           \
    if (key->seen == serial) return NOT_FLAT;    \
    key->seen = serial;                          \
  } while (0)

// Reads a name in the object of `parent` up to its value; `link` is where the name that comes next is noted.
#define READ_NAME()                                                                                              \
  do {                                                                                                           \
    if (at >= length || bytes[at] != '"') return NOT_JSON;                                                       \
    key = *link;                                                                                                 \
    /* most often the same name follows as the last time, and its colon at once */                               \
    if (key && isNext(key, bytes + at + 1, length - at)) {                                                       \
      at += key->textLength + 1;                                                                                 \
      field = key->field;                                                                                        \
      link = &key->next;                                                                                         \
    } else {                                                                                                     \
      u32 nameStart = at + 1;                                                                                    \
      u32 nameFlags = 0;                                                                                         \
      READ_STRING(nameFlags);                                                                                    \
      if (nameFlags & (NEEDS_DECODING | HAS_ESCAPE)) return NOT_FLAT;                                            \
      field = 0;                                                                                                 \
      key = parent ? findKey(line, parent, bytes + nameStart, at - 1 - nameStart) : 0;                           \
      if (key) {                                                                                                 \
        field = key->field;                                                                                      \
        *link = key;                                                                                             \
        link = &key->next;                                                                                       \
      }                                                                                                          \
      SKIP_SPACE();                                                                                              \
      if (at >= length || bytes[at] != ':') return NOT_JSON;                                                     \
      at++;                                                                                                      \
    }                                                                                                            \
    SKIP_SPACE();                                                                                                \
    if (at >= length) return NOT_JSON;                                                                           \
    if (count >= line->capacity) return NOT_FLAT;                                                                \
  } while (0)

// Reads a value that begins with `first` at `at` and is no object and no list.
#define READ_SCALAR(first, flags, start, end)                                                                    \
  if (first == '"') {                                                                                            \
    READ_STRING(flags);                                                                                          \
    flags |= IS_STRING;                                                                                          \
    start++;                                                                                                     \
    end = at - 1;                                                                                                \
  } else if (first == 't') {                                                                                     \
    if (at + 4 > length || bytes[at + 1] != 'r' || bytes[at + 2] != 'u' || bytes[at + 3] != 'e') return NOT_JSON; \
    at += 4;                                                                                                     \
    end = at;                                                                                                    \
    flags |= IS_TRUE;                                                                                            \
  } else if (first == 'f') {                                                                                     \
    if (at + 5 > length || bytes[at + 1] != 'a' || bytes[at + 2] != 'l' || bytes[at + 3] != 's' ||               \
        bytes[at + 4] != 'e')                                                                                    \
      return NOT_JSON;                                                                                           \
    at += 5;                                                                                                     \
    end = at;                                                                                                    \
    flags |= IS_FALSE;                                                                                           \
  } else if (first == 'n') {                                                                                     \
    if (at + 4 > length || bytes[at + 1] != 'u' || bytes[at + 2] != 'l' || bytes[at + 3] != 'l') return NOT_JSON; \
    at += 4;                                                                                                     \
    end = at;                                                                                                    \
    flags |= IS_NULL;                                                                                            \
    line->hasNull |= field & KEY_FIELD;                                                                          \
  } else {                                                                                                       \
    flags |= IS_NUMBER;                                                                                          \
    if (first == '-') {                                                                                          \
      at++;                                                                                                      \
      flags |= NEEDS_DECODING;                                                                                   \
    }                                                                                                            \
    if (at >= length || !IS_DIGIT(bytes[at])) return NOT_JSON;                                                   \
    u32 digits = at;                                                                                             \
    if (bytes[at] == '0') at++;                                                                                  \
    else                                                                                                         \
      while (at < length && IS_DIGIT(bytes[at])) at++;                                                           \
    if (at - digits > 15) flags |= NEEDS_DECODING;                                                               \
    if (at < length && bytes[at] == '.') {                                                                       \
      flags |= NEEDS_DECODING;                                                                                   \
      at++;                                                                                                      \
      if (at >= length || !IS_DIGIT(bytes[at])) return NOT_JSON;                                                 \
      while (at < length && IS_DIGIT(bytes[at])) at++;                                                           \
    }                                                                                                            \
    if (at < length && (bytes[at] | 0x20) == 'e') {                                                              \
      flags |= NEEDS_DECODING;                                                                                   \
      at++;                                                                                                      \
      if (at < length && (bytes[at] == '+' || bytes[at] == '-')) at++;                                           \
      if (at >= length || !IS_DIGIT(bytes[at])) return NOT_JSON;                                                 \
      while (at < length && IS_DIGIT(bytes[at])) at++;                                                           \
    }                                                                                                            \
    end = at;                                                                                                    \
  }

// The key of a name in the object of another one, entered if there is room for it; undefined otherwise.
INLINE struct key *findKey(struct line *line, struct key *parent, const u8 *name, u32 length) {
  u32 hash = keyHash(parent, name, length);
  u32 probes = 0;
  for (u32 slot = hash & line->keyMask; line->keys[slot]; slot = (slot + 1) & line->keyMask) {
    struct key *each = line->keys[slot];
    probes++;
    if (each->hash == hash && each->parent == parent && each->length == length && same(each->name, name, length)) return each;
  }
  if (length > MAX_KEY || line->keysLeft == 0 || probes >= MAX_PROBES) return 0;
  u8 *kept = line->keyNames;
  for (u32 copied = 0; copied <= length; copied += 16) wasm_v128_store(kept + copied, wasm_v128_load(name + copied));
  line->keyNames += (length + 32) & ~15u;
  line->keysLeft--;
  return putKey(line, parent, kept, length, hash, 0);
}

/**
 * Finds the tokens of the line and where each field is, as src/field-path.ts would find it in the parsed line. Gives 0,
 * NOT_JSON when JSON.parse would refuse the line, NOT_FLAT when it has to be asked: escapes in keys, a name that comes
 * twice, a field that is spelled in two ways, lists of lists.
 */
INLINE int tokenise(struct line *line, u32 length) {
  const u8 *bytes = line->bytes;
  const v128_t quote = wasm_i8x16_splat('"');
  const v128_t backslash = wasm_i8x16_splat('\\');
  const v128_t space = wasm_i8x16_splat(0x20);
  u32 at = 0;
  u32 count = 0;
  struct token *const tokens = line->tokens;
  u32 *const where = line->where;
  if (++line->generation == 0) {
    for (u32 word = 0; word < line->fields * 2; word++) where[word] = 0;
    line->generation = 1;
  }
  const u32 generation = line->generation;
  noteHints(line);
  // a value that no rule asks for is a token only where rules look for keywords that may not stand in it as they are
  const u32 others = line->others;
  const u32 lineSerial = ++line->objects;
  struct key **next = &line->first.inside;
  line->count = 0;
  line->isNested = line->isDotted = line->lists = line->hasNull = 0;
  const u32 offset = (u32)(line->bytes - line->marked);
  SKIP_SPACE();
  if (at >= length || bytes[at] != '{') return NOT_FLAT;
  at++;
  SKIP_SPACE();
  if (at < length && bytes[at] == '}') at++;
  else
    for (;;) {
      struct key *key, *parent = &line->first;
      struct key **link = next;
      u32 field;
      READ_NAME();
      next = link;
      u32 serial = lineSerial;
      u32 start = at;
      u8 first = bytes[at];
      if (first != '{' && first != '[') {
        u32 end;
        u32 flags = 0;
        READ_SCALAR(first, flags, start, end);
        // a second token of a field that is in no list is noticed anyway
        if (field > KEY_FIELD) {
          MEET_ONCE();
          line->isDotted |= field & KEY_DOTTED;
        }
        if ((field & KEY_FIELD) || (flags & others)) ADD_TOKEN(flags, start, end);
      } else {
        // what is being read: the names of an object (`parent` is its own), or the elements of a list (whose name it is)
        u32 depth = 0, listed = 0, isList = 0, whole = 0;
        line->isNested = 1;
        for (;;) {
          if (first == '{' || first == '[') {
            const u32 opensList = first == '[';
            if (depth == MAX_DEPTH || (field & (KEY_DOTTED | KEY_OBSCURE)) || (field && opensList && isList)) return NOT_FLAT;
            if (field && !isList) MEET_ONCE();
            struct known *known = 0;
            if (key && !isList && isRepeated(line, key)) {
              known = placeOf(line, key, bytes + at);
              if (isMet(known, key, listed, depth, bytes + at, length - at)) {
                countRepeat(line, key, 1);
                if (count + known->count > line->capacity) return NOT_FLAT;
                noteMet(line, known, count);
                line->lists += known->lists;
                for (u32 each = 0; each < known->count; each++) {
                  const struct token *token = known->tokens + each;
                  field = token->head;
                  ADD_TOKEN(token->head & FLAGS, start + token->start, start + token->end);
                  tokens[count - 1].hint = token->hint;
                  tokens[count - 1].hintSerial = token->hintSerial;
                }
                at += known->length;
                goto ended;
              }
              countRepeat(line, key, 0);
            }
            at++;
            SKIP_SPACE();
            if (at >= length) return NOT_JSON;
            const u32 isEmpty = bytes[at] == (opensList ? ']' : '}');
            line->levels[depth++] = (struct level){parent, link, serial, listed, isList, whole, known, start, count, line->lists};
            if (opensList && listed) line->lists++;
            whole = 0;
            if (field & KEY_FIELD) {
              // an object is a value too; an empty list is one where it is not an element's
              if (!opensList) {
                ADD_TOKEN(listed | IS_OBJECT | NEEDS_DECODING, start, start);
                whole = count;
              } else if (isEmpty && !listed)
                ADD_TOKEN(IS_LISTED | IS_NULL, start, start);
            }
            parent = key;
            isList = opensList;
            if (opensList) listed = IS_LISTED;
            else {
              link = key ? &key->inside : &line->none;
              serial = ++line->objects;
            }
            if (!isEmpty) goto inner;
          } else {
            u32 end;
            u32 flags = listed;
            READ_SCALAR(first, flags, start, end);
            if ((field > KEY_FIELD || (field && listed)) && !isList) {
              if (field & KEY_OBSCURE) return NOT_FLAT;
              MEET_ONCE();
            }
            if ((field & KEY_FIELD) || (flags & others)) ADD_TOKEN(flags, start, end);
          }
          // behind a value: the next one, or the end of what is being read, which is a value itself
        ended:
          for (;;) {
            if (depth == 0) goto behind;
            SKIP_SPACE();
            if (at >= length) return NOT_JSON;
            u8 mark = bytes[at++];
            if (mark == ',') break;
            if (mark != (isList ? ']' : '}')) return NOT_JSON;
            if (whole) tokens[whole - 1].end = at;
            const struct level *level = line->levels + --depth;
            struct key *closed = parent;
            parent = level->parent;
            link = level->link;
            serial = level->serial;
            listed = level->listed;
            isList = level->isList;
            whole = level->whole;
            if (level->known) keep(line, level->known, closed, level, depth, at, count);
          }
          SKIP_SPACE();
        inner:
          if (isList) {
            if (at >= length) return NOT_JSON;
            if (count >= line->capacity) return NOT_FLAT;
            key = parent;
            field = key ? key->field : 0;
          } else
            READ_NAME();
          start = at;
          first = bytes[at];
        }
      }
    behind:
      // as it is most often spelled
      if (at + 1 < length && *(const loose16 *)(bytes + at) == (',' | '"' << 8)) {
        at++;
        continue;
      }
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

// What the parts of the kernel share: the memory that JavaScript fills (src/scan-kernel.ts has the same offsets).
#pragma once
#include <wasm_simd128.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u32 __attribute__((aligned(1), may_alias)) loose32;
typedef u16 __attribute__((aligned(1), may_alias)) loose16;
typedef u64 __attribute__((aligned(1), may_alias)) loose64;

#define INLINE static inline __attribute__((always_inline))
// so that its loops have the registers to themselves
#define NOINLINE static __attribute__((noinline))

// flags of a token, above the sixteen bits of its field
#define IS_STRING (1u << 16)
#define IS_NUMBER (1u << 17)
#define IS_TRUE (1u << 18)
#define IS_FALSE (1u << 19)
#define IS_NULL (1u << 20)
#define HAS_ESCAPE (1u << 21)     // only \\ and \"
#define HAS_HIGH (1u << 22)       // a byte above 127
#define NEEDS_DECODING (1u << 23) // another escape, or a number not spelled as JavaScript spells it
// In a list, or in an object in one: the field may have several tokens in the line, each of them with this flag, and `where`
// has the first one. A field without it has this token alone. What is found in any of the tokens is found in the field; what
// is asked of its only value (a comparison, what a value rules out, results of tests) is not to be answered from one token.
// A list that is empty has a token of no length with IS_NULL as well, so that the field is known to be there.
#define IS_LISTED (1u << 24)
// An object, from brace to brace. NEEDS_DECODING as well: it is compared as the text that JSON.stringify makes of it.
#define IS_OBJECT (1u << 25)
#define FLAGS 0x3fff0000u
// what judging a line finds out about its values
#define IS_FOLDED (1u << 30)      // stands in lower case in `folded`
#define IS_ODD (1u << 31)         // has characters beyond ASCII that become ASCII in lower case

#define NOT_JSON (-1)
#define NOT_FLAT (-2)  // the line has to be parsed
#define NO_ROUTE (-3)  // the route has to be asked for
#define NOT_READY (-4) // the route has no tables yet
#define NO_MORE (-5)   // no further line needs a look
#define NOT_PLAIN (-6) // something that is demanded of lines is not so

// A value of the line: its field and flags, where it is (without quotes), and the slot that remembers it, if any, as
// long as that has the same serial number. `hint`: a slot that remembered it in an earlier line, on whichever route.
struct token { u32 head, start, end; struct slot *slot; u32 serial; struct slot *hint; u32 hintSerial, unused; };

// A name as it stands in the object of another one (`parent`), with the quote behind it. `next`: the name that came behind it
// last, `inside`: the one that came first in its own object. `field` has the number of the field and what follows; zero for
// a name that no rule has. `seen`: the object that had it last.
// `text`: how the name begins in a line, with the quote and the colon that follow it; which bytes of it count, and how long it is.
struct key {
  u32 hash; const u8 *name; u32 length, field; struct key *next, *inside, *parent; u32 seen;
  u8 text[16]; u32 wanted, textLength, unused[2];
};

#define KEY_FIELD 0xffffu
#define KEY_INNER (1u << 16)   // fields of rules lie in its object
#define KEY_DOTTED (1u << 17)  // the whole name of a field of dots, which stands for no object within objects
#define KEY_OBSCURE (1u << 18) // the last part of such a name within an object: the line has to be parsed

// What is being read around the present value: an object, or a list that is the value of a key.
// `whole`: behind the token of the object, if it has one. `known`: where what is being read will be remembered, with the
// place where it begins, and the tokens and the lists within lists' elements before it.
struct level { struct key *parent, **link; u32 serial, listed, isList, whole; struct known *known; u32 start, count, lists; };
#define MAX_DEPTH 32

#define KNOWN_LEAST 96
#define KNOWN_BYTES 4096
#define KNOWN_TOKENS 120

// An object or list that came before, as the value of a key (zero: none), and the tokens in it with places from its own start
// on. It is met again where the same bytes stand, which are all of a value whatever follows them.
struct known {
  struct key *key;
  u32 serial, length, count, listed, depth, lists, unused;
  struct token tokens[KNOWN_TOKENS];
  u8 bytes[KNOWN_BYTES + 32];
};

// How often values of a key were met again; it is left out for some time when they are not.
struct repeats { u16 asked, found; u32 rest; };

// A known value of the line: which one of its place, and its first token there.
struct met { struct known *known; u32 serial, first; };
#define MAX_MET 16

#define VALUE_BYTES 192
#define VALUE_MARKS 48
#define VALUE_KILLS 40
#define NO_RULE 0xffffffffu
#define SURELY 0x80000000u // of a rule in `kill`: it holds, whatever else the line has

// What is known of a value of a field on a route (`owner`), 576 bytes, so that slots do not all begin in the same few sets of the cache: what was found in it, and rules that its own
// tests rule out. Or, for choosing routes, which field is to be read next, or which route it is (`field` is LEAF).
struct slot {
  u32 hash, owner, head, length, serial;
  u8 marks, kills, killHand, unused;
  u32 next, field;
  u8 bytes[VALUE_BYTES];
  u32 mark[VALUE_MARKS], kill[VALUE_KILLS];
};
#define LEAF 0xffffffffu

// A text to be found, and what finding it marks: one entry (`marks`), or as many as `count` says (where `marks` says).
struct literal { u32 length, anchors, marks, count; u8 bytes[]; };
// The literals that one gram or pair finds, and how far behind their start it stands.
struct bucket { u32 count; struct { const struct literal *literal; int offset; } literals[]; };
// A gram or pair (with a bit more, so that it is never zero) and the literals that it finds; without a bucket the place is free.
struct found_by { u32 key; const struct bucket *bucket; };
#define AT_START 1
#define AT_END 2

// What a route does with the values of a field.
struct field {
  // which grams there may be (zero: none are looked for), and grams and buckets, by the hash
  const u8 *bitmap; u32 bitMask; const struct found_by *grams; u32 mask;
  u32 step;                 // bytes between the places where grams are looked for; zero: all literals are short
  const u8 *beginnings;     // of grams of short literals, or zero: six tables of sixteen bytes
  const struct found_by *pairs; u32 pairMask;
  const u8 *pairBeginnings; // of pairs, or zero: four tables
  u32 owner;                // its number in the memo; zero: not remembered
  const struct beyond *beyond; // for values with bytes above 127, or zero
  u32 asked, found;         // values looked up and met
  u32 rest;                 // so many values are not looked up, because they did not repeat
  u32 looked;               // how its values are looked at
  u32 ruledOut;             // rules that its values ruled out
};

// Literals beyond ASCII: how those are looked for whose bytes tell (or zero), and what the others mark, which are taken to stand there.
struct beyond { const struct field *field; u32 count, marks[]; };

#define NOT_LOOKED 0
#define LOOKED 1        // there is something to find
#define LOOKED_UP 2     // and it is remembered, or what the tests of the field rule out is

// A rule for which nothing can be looked for, and what it demands instead.
struct guard {
  u32 rule, kind;
  u32 field, other; // SAME_TEXT: of both fields. HAS_RUN: of the first one, this many characters of the set
  u32 set[4];
};
#define UNGUARDED 0
#define SAME_TEXT 1
#define HAS_RUN 2

// The bit of an entry that says that the rule cannot hold.
#define RULED_OUT 7

#define MAX_RARE 4
// How keywords are looked for in the whole line: by pairs of bytes that are rare in lines and of which each keyword has
// one, with the literals that have it; or, if there are no such pairs, as in a value.
struct words { const struct field *field; u32 count; struct { u32 pair; const struct bucket *bucket; } rare[MAX_RARE]; };

struct route {
  const u16 *fieldOf;     // number of its struct field for each field
  struct field *fields;
  u32 *state; const u8 *needed; u32 rules, generation;                 // for each rule: generation and clauses shown
  const struct guard *always; u32 alwaysCount;
  u32 *candidates; u32 count;
  u32 *held; u32 heldCount;                                            // candidates that were found to hold
  struct program **programs;                                           // of each rule, or zero
  const struct words *words;                                           // or zero
  const struct beyond *wordsBeyond;                                    // of keywords
  u32 seen, wantedAt;                                                  // its lines, and at how many of them one needs a look, to be learnt from
};

// What was found in one value, to be remembered with it; more than VALUE_MARKS are not. `isLoose`: the text was folded
// so that literals are found that do not stand in it, which therefore rule nothing out.
struct found { u32 count; u32 *marks; u32 isLoose; };

// What is known of 64 bytes of a line, a bit for each: quotes that no backslash precedes, backslashes, bytes above 127, and
// what needs a closer look within a text: control characters, and escapes of other characters than quote and backslash.
struct block { u64 quotes, backslashes, high, unusual, feeds; };

// In place of a route that has no rules.
#define NO_RULES ((struct route *)4)

struct line {
  u32 generation, count;
  u32 route;
  u32 specials;          // tokens that JavaScript has to look at
  u32 *special;
  u32 *marks;            // VALUE_MARKS words for what is found in a value
  u32 rootField, hasRoot;
  struct key **keys; u32 keyMask, keysLeft; u8 *keyNames; // by their hashes
  struct key first;        // the line itself
  u32 *where; u32 fields;  // generation and token of each field
  struct token *tokens; u32 capacity;
  u32 *tags; struct slot *slots; u32 setMask, serial, hand;
  struct route **routes;
  u8 *bytes;
  u32 hashMask;          // of values: all bits, unless a test wants collisions
  struct level *levels;  // MAX_DEPTH of them
  struct key *none;      // what comes first where no names are looked for
  u32 objects;           // serial number of the latest object
  u32 isNested;          // whether the line has objects or lists in it
  u32 others;            // flags of values of names that no rule has, with which they are tokens
  struct known *known; u32 knownMask; // by their first bytes
  struct repeats *repeats;            // of each key
  struct met *met; u32 metCount, knownSerial;
  u8 *folded;            // values in lower case, each where it is in `bytes`
  u32 held, isSettled;   // rules that were found to hold, once that was found out
  u32 length;            // of the line
  u8 *isUsed;            // of each slot: met since others were looked for to give its place away
  u32 *seen, seenMask;   // hashes of values that came lately
  struct found found;
  u32 next, lines;       // where the next line begins, and how many were gone through
  u32 nested;            // how many of those before the present one had objects or lists in them
  u8 *marked; struct block *blocks;  // where the bytes begin that were looked at 64 at a time, and what they are
  struct key *allKeys; u32 keyCount; // one after another, so that those of a line lie close together
#define KEPT_TURNS 4
  struct slot *turns[KEPT_TURNS]; // that chose the route of the line before
  u32 isDotted;          // whether a field's whole name of dots stands in the line as one
  u32 lists;             // how many lists lie in elements of others
  u32 hasNull;           // whether a field that has a number is null
  const struct demands *demands;           // or zero
  struct moment *moments; u32 momentCount; // of those of the lines that were begun with of which all that is demanded is so
};

// Whether `length` bytes are the same; sixteen bytes behind both are readable.
INLINE int same(const u8 *one, const u8 *two, u32 length) {
  u32 at = 0;
  for (; at + 16 <= length; at += 16)
    if (!wasm_i8x16_all_true(wasm_i8x16_eq(wasm_v128_load(one + at), wasm_v128_load(two + at)))) return 0;
  u32 rest = (1u << (length - at)) - 1;
  u32 equal = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(one + at), wasm_v128_load(two + at)));
  return (equal & rest) == rest;
}

// Whether a text of one byte or more stands between two places; what `same` reads behind them is readable.
INLINE int isIn(const u8 *at, const u8 *end, const u8 *text, u32 length) {
  const v128_t first = wasm_v128_load8_splat(text), last = wasm_v128_load8_splat(text + length - 1);
  for (const u8 *stop = end - length; at <= stop; at += 16) {
    u32 mask = wasm_i8x16_bitmask(wasm_v128_and(wasm_i8x16_eq(wasm_v128_load(at), first),
                                                wasm_i8x16_eq(wasm_v128_load(at + length - 1), last)));
    for (; mask; mask &= mask - 1) {
      const u8 *from = at + __builtin_ctz(mask);
      if (from > stop) return 0;
      if (same(from, text, length)) return 1;
    }
  }
  return 0;
}

// Never zero. Eight bytes behind the text are readable.
INLINE u32 hashOf(const u8 *bytes, u32 length, u32 seed) {
  u64 one = seed * 0x9e3779b97f4a7c15ull + length;
  u64 two = 0x85ebca6bc2b2ae35ull;
  u32 at = 0;
  for (; at + 16 < length; at += 16) {
    one = (one ^ *(const loose64 *)(bytes + at)) * 0xff51afd7ed558ccdull;
    two = (two ^ *(const loose64 *)(bytes + at + 8)) * 0xc4ceb9fe1a85ec53ull;
    one ^= one >> 29;
    two ^= two >> 31;
  }
  u32 rest = length - at;
  if (rest >= 8) {
    one = (one ^ *(const loose64 *)(bytes + at)) * 0xff51afd7ed558ccdull;
    two = (two ^ *(const loose64 *)(bytes + length - 8)) * 0xc4ceb9fe1a85ec53ull;
  } else if (rest > 0)
    one = (one ^ (*(const loose64 *)(bytes + at) << ((8 - rest) * 8))) * 0xff51afd7ed558ccdull;
  u64 both = (one ^ (one >> 32)) + (two ^ (two >> 29));
  both *= 0x9e3779b97f4a7c15ull;
  u32 hash = (u32)(both >> 32);
  return hash ? hash : 1;
}

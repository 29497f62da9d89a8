// How the kernel's memory is laid out and what it answers; kernel/line.h says the same.

export interface KernelFunctions {
  match(line: number, length: number): number
  beginMany(line: number, from: number, length: number): void
  matchMany(line: number, from: number, to: number): number
  matchOn(line: number, route: number): number
  turn(line: number, state: number, field: number, next: number, nextField: number): number
  lookAgain(line: number, route: number, token: number, start: number, end: number, isHigh: number): void
  settle(line: number, route: number): number
  recall(line: number, route: number, token: number): number
  ruleOut(line: number, route: number, token: number, rule: number): number
  addKey(line: number, parent: number, name: number, length: number, field: number): number
  plain(from: number, length: number, to: number): number
  numberOf(line: number, field: number): number
  mayHold(line: number, field: number, text: number, length: number): number
  noted(line: number, field: number, owner: number): number
  note(line: number, field: number, owner: number, what: number): void
}

export const tokenFlags = {
  string: 1 << 16,
  number: 1 << 17,
  true: 1 << 18,
  false: 1 << 19,
  null: 1 << 20,
  escape: 1 << 21,
  high: 1 << 22,
  decode: 1 << 23,
  listed: 1 << 24,
  object: 1 << 25,
} as const

export const allFlags = 0xffff_0000

/** What `match` gives when it gives no number of candidates. */
export const kernelAnswers = { notJson: -1, notFlat: -2, noRoute: -3, notReady: -4, noMore: -5, notPlain: -6 } as const

/** In place of the tables of a route without rules. */
export const noRules = 4

/** The field of a turn that leads to a route. */
export const leaf = 0xffff_ffff

/** Words of the kernel's structures. */
export const lineWords = {
  generation: 0,
  count: 1,
  route: 2,
  specials: 3,
  special: 4,
  marks: 5,
  rootField: 6,
  hasRoot: 7,
  keys: 8,
  keyMask: 9,
  keysLeft: 10,
  keyNames: 11,
  first: 12,
  where: 28,
  fields: 29,
  tokens: 30,
  capacity: 31,
  tags: 32,
  slots: 33,
  setMask: 34,
  serial: 35,
  routes: 37,
  bytes: 38,
  hashMask: 39,
  levels: 40,
  none: 41,
  objects: 42,
  isNested: 43,
  others: 44,
  known: 45,
  knownMask: 46,
  repeats: 47,
  met: 48,
  folded: 51,
  held: 52,
  isSettled: 53,
  length: 54,
  isUsed: 55,
  seen: 56,
  seenMask: 57,
  next: 61,
  lines: 62,
  nested: 63,
  blocks: 65,
  allKeys: 66,
  isDotted: 72,
  lists: 73,
  demands: 75,
  moments: 76,
  momentCount: 77,
  all: 78,
} as const
export const tokenWords = 8
export const keyLength = 64
export const slotLength = 576
export const slotSerial = 4

export const pageSize = 65_536
/** Readable bytes before and behind a line, which the kernel's wide loads may touch. */
export const margin = 64
export const maxTokens = 1_024
/** Objects and lists within each other, and bytes of what is kept of each. */
export const maxDepth = 32
export const levelLength = 40
/** Objects and lists that are remembered (a power of two), bytes of each, and of how often those of a key come again. */
export const knownValues = 64
export const knownLength = 32 + 120 * tokenWords * 4 + 4_096 + 32
export const repeatsLength = 8
export const maxMet = 16
export const metLength = 12
export const scratchLength = 65_536
/** Names of fields that no rule has but lines do, which are read quicker when they are known. */
export const maxOtherKeys = 1_024
export const maxKeyLength = 64
export const maxValueMarks = 48

/** Bytes a line may have for the kernel; a longer one is parsed. */
export const maxLineLength = 262_144
/** So much is copied into the kernel at a time, or one line that is longer. */
export const blockLength = 65_536

/** Of what is demanded of lines: how many times there may be, and words of what is told of a line. */
export const maxTimes = 4
export const momentWords = 4
/** In place of the number of a name that has none yet. */
export const newName = 0xffff_ffff

/** How many values are remembered over all routes (a power of two, at least four) and how many bits tell them apart. */
export interface MemoSize {
  values: number
  hashBits: number
}

/** 2.3 MB. */
export const defaultMemo: MemoSize = { values: 4_096, hashBits: 32 }

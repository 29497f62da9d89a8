// The WebAssembly kernel and its memory: lines go in, candidates come out. See kernel/, whose structures these are.
import { decodeBase64, utf8 } from './encode.ts'
import {
  blockLength,
  defaultMemo,
  type KernelFunctions,
  keyLength,
  knownLength,
  knownValues,
  levelLength,
  lineWords,
  type MemoSize,
  margin,
  maxDepth,
  maxKeyLength,
  maxLineLength,
  maxMet,
  maxOtherKeys,
  maxTokens,
  maxValueMarks,
  metLength,
  momentWords,
  pageSize,
  repeatsLength,
  scratchLength,
  slotLength,
  slotSerial,
  tokenFlags,
  tokenWords,
} from './kernel-layout.ts'
import { keyTree, type TreeKey } from './key-tree.ts'
import { scanKernelBase64 } from './scan-kernel-bytes.ts'

/** What this package uses of the WebAssembly interface; every runtime has it, no type library of ours does. */
interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => WasmMemory
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: object }
}

/** Bytes of the shortest record there is, with its line feed. */
const leastLine = 2

/** Pages that the memory grows by at least; those that nothing is written to take none. */
const leastGrowth = 16

/** One instance with its own memory, for lines whose fields are numbered from 1. */
export class ScanKernel {
  /** Where lines are put, one or many. */
  readonly blockAt = margin
  readonly scratchAt = margin + maxLineLength + margin
  readonly functions: KernelFunctions
  /** The structure that all functions take. */
  readonly line: number
  readonly slotsAt: number
  private readonly line32: number
  private readonly whereAt: number
  private readonly tokensAt: number
  private readonly specialAt: number
  private readonly routesAt: number
  private readonly knownAt: number
  private momentsAt = 0
  private readonly memory: WasmMemory
  private readonly memo: MemoSize
  private readonly texts = new Map<string, { at: number; length: number }>()
  private owners = 0
  era = 0
  private top = this.scratchAt + scratchLength + margin
  /** The memory as bytes and words; made anew when it grows. */
  bytes: Uint8Array
  words: Uint32Array
  private doubles: Float64Array

  /** `others`: flags of values of fields that have no number, with which they are looked at too. */
  constructor(fields: ReadonlyMap<string, number>, routes: number, others: number, memo: MemoSize = defaultMemo) {
    this.memo = memo
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(this.top / pageSize) + 1 })
    const module = new WebAssembly.Module(decodeBase64(scanKernelBase64))
    const { exports } = new WebAssembly.Instance(module, { env: { __linear_memory: this.memory } })
    this.functions = exports as KernelFunctions
    this.bytes = new Uint8Array(this.memory.buffer)
    this.words = new Uint32Array(this.memory.buffer)
    this.doubles = new Float64Array(this.memory.buffer)
    this.line = this.allocate(lineWords.all * 4)
    this.line32 = this.line >> 2
    this.whereAt = this.allocate((fields.size + 1) * 8)
    this.tokensAt = this.allocate(maxTokens * tokenWords * 4)
    this.specialAt = this.allocate(maxTokens * 4)
    this.routesAt = this.allocate(routes * 4)
    this.slotsAt = this.allocate(memo.values * slotLength)
    this.knownAt = this.allocate(knownValues * knownLength)
    const tree = keyTree(fields)
    const keyCount = tree.length + maxOtherKeys
    let keys = 64
    while (keys < keyCount * 4) keys *= 2
    const start: Partial<Record<keyof typeof lineWords, number>> = {
      special: this.specialAt,
      marks: this.allocate(maxValueMarks * 4),
      keys: this.allocate(keys * 4),
      allKeys: this.allocate(keyCount * keyLength),
      keyMask: keys - 1,
      keysLeft: maxOtherKeys,
      keyNames: this.allocate(maxOtherKeys * (maxKeyLength + 32)),
      where: this.whereAt,
      fields: fields.size + 1,
      tokens: this.tokensAt,
      capacity: maxTokens,
      tags: this.allocate(memo.values * 4),
      slots: this.slotsAt,
      setMask: memo.values / 4 - 1,
      routes: this.routesAt,
      bytes: this.blockAt,
      hashMask: 2 ** memo.hashBits - 1,
      levels: this.allocate(maxDepth * levelLength),
      others,
      known: this.knownAt,
      knownMask: knownValues - 1,
      repeats: this.allocate(keyCount * repeatsLength),
      met: this.allocate(maxMet * metLength),
      folded: this.allocate(maxLineLength + 2 * margin),
      isUsed: this.allocate(memo.values),
      blocks: this.allocate((maxLineLength / 64 + 2) * 40),
      seen: this.allocate(memo.values * 4),
      seenMask: memo.values - 1,
    }
    for (const [name, value] of Object.entries(start)) this.words[this.line32 + lineWords[name as 'count']] = value
    const places = new Map<TreeKey | undefined, number>([[undefined, this.line + lineWords.first * 4]])
    for (const key of tree) {
      const text = utf8(`${key.text}"`)
      const at = this.allocate(text.length)
      this.bytes.set(text, at)
      const parent = places.get(key.parent) ?? 0
      places.set(key, this.functions.addKey(this.line, parent, at, text.length - 1, key.field))
    }
  }

  /** Reserves zeroed memory, aligned to sixteen bytes. It is never given back. */
  allocate(length: number): number {
    const at = (this.top + 15) & ~15
    this.top = at + length
    if (this.top + margin > this.bytes.length) {
      this.memory.grow(Math.max(leastGrowth, Math.ceil((this.top + margin - this.bytes.length) / pageSize)))
      this.bytes = new Uint8Array(this.memory.buffer)
      this.words = new Uint32Array(this.memory.buffer)
      this.doubles = new Float64Array(this.memory.buffer)
    }
    return at
  }

  /** Memory with these words in it. */
  allocateWords(words: ArrayLike<number>): number {
    const at = this.allocate(words.length * 4)
    this.words.set(words, at >> 2)
    return at
  }

  /** Where a text is in the kernel's memory, with what wide loads touch behind it; it is kept. */
  textAt(text: string): { at: number; length: number } {
    let place = this.texts.get(text)
    if (!place) {
      const bytes = utf8(text)
      place = { at: this.allocate(bytes.length + 16), length: bytes.length }
      this.bytes.set(bytes, place.at)
      this.texts.set(text, place)
    }
    return place
  }

  /** A number for a field of a route in the memo, never given twice. */
  newOwner(): number {
    return ++this.owners
  }

  /** Forgets all values; serial numbers begin anew. */
  forget(): void {
    this.era++
    const tags = (this.words[this.line32 + lineWords.tags] ?? 0) >> 2
    this.words.fill(0, tags, tags + this.memo.values)
    this.words[this.line32 + lineWords.serial] = 0
    // what they know of slots would be taken for new ones
    this.words.fill(0, this.knownAt >> 2, (this.knownAt + knownValues * knownLength) >> 2)
  }

  /** The tables of a route, which lines of it are looked at with from now on. */
  setRoute(number: number, at: number): void {
    this.words[(this.routesAt >> 2) + number] = at
  }

  /** The field that choosing a route begins with. */
  setRoot(field: number): void {
    this.words[this.line32 + lineWords.rootField] = field
    this.words[this.line32 + lineWords.hasRoot] = 1
  }

  /** Lines are held against these demands (see kernel/demands.h) before they are looked at. */
  setDemands(at: number): void {
    this.momentsAt = this.allocate((blockLength / leastLine) * momentWords * 4)
    this.words[this.line32 + lineWords.moments] = this.momentsAt
    this.words[this.line32 + lineWords.demands] = at
  }

  /** Of how many lines of the block all that is demanded was found to be so; the present one is the last of them if it is of these. */
  get moments(): number {
    return this.words[this.line32 + lineWords.momentCount] ?? 0
  }

  /** The time of one of them. */
  timeOf(moment: number): number {
    return this.doubles[(this.momentsAt >> 3) + (moment * momentWords) / 2] ?? 0
  }

  /** The number of its name. */
  nameOf(moment: number): number {
    return this.words[(this.momentsAt >> 2) + moment * momentWords + 2] ?? 0
  }

  setName(moment: number, number: number): void {
    this.words[(this.momentsAt >> 2) + moment * momentWords + 2] = number
  }

  /** The route that `match` chose. */
  get route(): number {
    return this.words[this.line32 + lineWords.route] ?? 0
  }

  /** Whether the present line has objects or lists in it. */
  get isNested(): boolean {
    return this.words[this.line32 + lineWords.isNested] === 1
  }

  /** Whether tokens leave open what the line is like: a field's name of dots in it as one, or lists within elements of others. */
  get isAmbiguous(): boolean {
    return this.words[this.line32 + lineWords.isDotted] !== 0 || this.words[this.line32 + lineWords.lists] !== 0
  }

  /** How many fields have numbers, zero for the others among them. */
  get fields(): number {
    return this.words[this.line32 + lineWords.fields] ?? 0
  }

  /** How many tokens the present line has. */
  get count(): number {
    return this.words[this.line32 + lineWords.count] ?? 0
  }

  /** How many tokens have to be decoded and looked at again. */
  get specials(): number {
    return this.words[this.line32 + lineWords.specials] ?? 0
  }

  /** Where the present line begins. */
  get lineAt(): number {
    return this.words[this.line32 + lineWords.bytes] ?? 0
  }

  get lineLength(): number {
    return this.words[this.line32 + lineWords.length] ?? 0
  }

  /** What `matchMany` went through: where the next line begins, how many lines there were, and how many before the present one were nested. */
  get next(): number {
    return this.words[this.line32 + lineWords.next] ?? 0
  }

  get lines(): number {
    return this.words[this.line32 + lineWords.lines] ?? 0
  }

  get nested(): number {
    return this.words[this.line32 + lineWords.nested] ?? 0
  }

  /** Puts one line where `match` reads it. */
  putLine(bytes: Uint8Array): void {
    this.words[this.line32 + lineWords.bytes] = this.blockAt
    this.bytes.set(bytes, this.blockAt)
  }

  /** How many rules were found to hold. */
  get held(): number {
    return this.words[this.line32 + lineWords.held] ?? 0
  }

  /** Whether that is known already. */
  get isSettled(): boolean {
    return this.words[this.line32 + lineWords.isSettled] === 1
  }

  special(index: number): number {
    return this.words[(this.specialAt >> 2) + index] ?? 0
  }

  /** The token of a field in the present line; negative if there is none. */
  tokenOf(field: number): number {
    const { words, whereAt } = this
    const at = (whereAt >> 2) + field * 2
    return words[at] === words[this.line32] ? (words[at + 1] ?? 0) : -1
  }

  /** Whether a token's field may have others in the present line. */
  isListed(token: number): boolean {
    return ((this.words[this.tokenAt(token)] ?? 0) & tokenFlags.listed) !== 0
  }

  /** The first word of a token: head, start, end, slot, serial number, and what the kernel knows besides. */
  tokenAt(token: number): number {
    return (this.tokensAt >> 2) + token * tokenWords
  }

  /** What remembers the token's value, in the present line only; 0 for nothing. */
  slotOf(token: number, route: number): number {
    const at = this.tokenAt(token)
    const slot = this.words[at + 3] ?? 0
    if (slot === 0) return this.functions.recall(this.line, route, token)
    return this.serialOf(slot) === this.words[at + 4] ? slot : 0
  }

  /** Changes when the slot is given to another value. */
  serialOf(slot: number): number {
    return this.words[(slot >> 2) + slotSerial] ?? 0
  }

  numberOf(slot: number): number {
    return (slot - this.slotsAt) / slotLength
  }

  get scratchLength(): number {
    return scratchLength
  }
}

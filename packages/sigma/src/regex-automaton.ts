// The program of a regular expression in, an automaton out that reads each character of a text once. Its states are made
// when a text first leads to them; what they mean is what RE2 means by the program's instructions.

/** One instruction of RE2, as re2js compiles them. */
export interface Instruction {
  op: number
  out: number
  arg: number
  runes: ArrayLike<number>
  matchRune(rune: number): boolean
}

export interface Program {
  inst: readonly Instruction[]
  start: number
}

export const operation = {
  alternative: 1,
  alternativeMatch: 2,
  capture: 3,
  assertion: 4,
  match: 6,
  nothing: 7,
} as const
export const runeOperations = { single: 8, singleOne: 9, any: 10, anyButNewline: 11 } as const

/** Assertions about the place between two characters. */
const place = { lineStart: 1, lineEnd: 2, textStart: 4, textEnd: 8, wordEdge: 16, noWordEdge: 32 } as const
const before = place.lineStart | place.textStart
const wordPlaces = place.wordEdge | place.noWordEdge

/** Rows of the table that are no states; a transition that is not worked out yet is below both. */
const unknown = -1
const dead = 0
/** The class of the end of the text. */
const endClass = 0
const endOfText = -1

/** Numbers in the table of one automaton; when it is full all states are made anew as they are needed. */
const maxTable = 1 << 16
/** States that may be made at first, and one more for so many characters read: an automaton that needs more does not pay. */
const freeStates = 400
const charactersPerState = 16
/** Classes of characters beyond ASCII that there is room for at first, and characters whose class is remembered. */
const spareClasses = 3
const maxRemembered = 4_096

/** A set of instructions that the text so far may lead to. */
interface State {
  instructions: readonly number[]
  /** What is known of the place before the next character, as far as an instruction asks for it. */
  flags: number
  afterWord: boolean
}

/** Searches for the expression anywhere in a text. Not safe for re-entry. */
export class RegexAutomaton {
  private readonly program: Program
  /** Instructions that read a character, of each that reads the same ones only the first. */
  private readonly readers: Instruction[] = []
  private readonly asksForWords: boolean
  /** Whether a match may begin at a later line, so that there is hope while nothing is reached. */
  private readonly asksForLines: boolean
  private readonly classOfSignature = new Map<string, number>()
  private readonly classOfRune = new Map<number, number>()
  /** A character of each class. */
  private readonly runeOfClass: number[] = [endOfText]
  private readonly classes = new Uint16Array(128)
  private stride: number
  private table = new Int32Array(0)
  private states: State[] = []
  private rows = new Map<string, number>()
  private initial = unknown
  private made = 0
  private read = 0
  private gaveUp = false

  constructor(program: Program) {
    this.program = program
    let asked = 0
    const known = new Set<string>()
    for (const instruction of program.inst) {
      const { op, arg, runes } = instruction
      if (op === operation.assertion) asked |= arg
      if (op !== runeOperations.single && op !== runeOperations.singleOne) continue
      const key = `${arg} ${Array.from(runes).join()}`
      if (known.has(key)) continue
      known.add(key)
      this.readers.push(instruction)
    }
    this.asksForWords = (asked & wordPlaces) !== 0
    this.asksForLines = (asked & place.lineStart) !== 0
    for (let rune = 0; rune < 128; rune++) this.classes[rune] = this.classify(rune)
    this.stride = this.runeOfClass.length + spareClasses
    this.restart()
  }

  /** Whether the expression is found in the text; undefined when the automaton would grow too large to pay. */
  test(text: string): boolean | undefined {
    if (this.gaveUp) return undefined
    const { classes, stride } = this
    const accepted = stride
    const { length } = text
    this.read += length
    if (this.initial === unknown) this.initial = this.stateOf([this.program.start], before, false)
    let state = this.initial
    if (state <= accepted) return state === accepted
    let { table } = this
    for (let at = 0; at < length; at++) {
      const unit = text.charCodeAt(at)
      let next: number
      if (unit < 128) {
        const kind = classes[unit] ?? 0
        next = table[state + kind] ?? unknown
        if (next > accepted) {
          state = next
          continue
        }
        if (next === unknown) next = this.step(state, kind)
      } else {
        const rune = text.codePointAt(at) ?? unit
        if (rune > 0xffff) at++
        const kind = this.classOf(rune)
        if (this.stride !== stride) return this.test(text)
        next = table[state + kind] ?? unknown
        if (next === unknown) next = this.step(state, kind)
      }
      if (next <= accepted) return next === unknown ? undefined : next === accepted
      state = next
      table = this.table
    }
    const last = table[state + endClass] ?? unknown
    const end = last === unknown ? this.step(state, endClass) : last
    return end === unknown ? undefined : end === accepted
  }

  private restart(): void {
    this.table = new Int32Array(this.stride * 16).fill(unknown)
    const none = { instructions: [], flags: 0, afterWord: false }
    // the rows of the dead and the accepting state are never read
    this.states = [none, none]
    this.rows = new Map()
    this.initial = unknown
  }

  private classOf(rune: number): number {
    const known = this.classOfRune.get(rune)
    if (known !== undefined) return known
    const kind = this.classify(rune)
    if (this.runeOfClass.length > this.stride) {
      this.stride = this.runeOfClass.length + spareClasses
      this.restart()
    }
    if (this.classOfRune.size >= maxRemembered) this.classOfRune.clear()
    this.classOfRune.set(rune, kind)
    return kind
  }

  /** Characters of a class are read by the same instructions. */
  private classify(rune: number): number {
    let signature = ''
    for (const reader of this.readers) signature += reader.matchRune(rune) ? '1' : '0'
    signature += rune === 10 ? '1' : '0'
    if (this.asksForWords) signature += isWord(rune) ? '1' : '0'
    let kind = this.classOfSignature.get(signature)
    if (kind === undefined) {
      kind = this.runeOfClass.push(rune) - 1
      this.classOfSignature.set(signature, kind)
    }
    return kind
  }

  /** The row that a character leads to, worked out; unknown when there are too many states. */
  private step(row: number, kind: number): number {
    const { stride, program } = this
    const state = this.states[row / stride]
    const rune = this.runeOfClass[kind] ?? endOfText
    if (!state) return dead
    if (this.made > freeStates + this.read / charactersPerState) {
      this.gaveUp = true
      this.restart()
      return unknown
    }
    let flags = state.flags
    if (rune === 10 || rune === endOfText) flags |= place.lineEnd
    if (rune === endOfText) flags |= place.textEnd
    const word = rune !== endOfText && isWord(rune)
    flags |= word === state.afterWord ? place.noWordEdge : place.wordEdge
    const reached = this.closure(state.instructions, flags, true)
    let next: number = dead
    if (reached === 'matches') next = stride
    else if (rune !== endOfText) {
      const seeds = [program.start]
      for (const number of reached) {
        const instruction = program.inst[number]
        if (instruction && reads(instruction, rune)) seeds.push(instruction.out)
      }
      const isFull = (this.states.length + 1) * stride > maxTable
      if (isFull) this.restart()
      next = this.stateOf(seeds, rune === 10 ? place.lineStart : 0, word)
      // the row that the character was read in is gone
      if (isFull) return next
    }
    this.table[row + kind] = next
    return next
  }

  private stateOf(seeds: readonly number[], flags: number, afterWord: boolean): number {
    const reached = this.closure(seeds, flags, false)
    if (reached === 'matches') return this.stride
    if (reached.length === 0 && !this.asksForLines) return dead
    const waits = reached.some((number) => this.program.inst[number]?.op === operation.assertion)
    const state: State = {
      instructions: reached,
      flags: waits ? flags : 0,
      afterWord: waits && this.asksForWords && afterWord,
    }
    const key = `${state.flags} ${state.afterWord} ${reached.join()}`
    const known = this.rows.get(key)
    if (known !== undefined) return known
    this.made++
    const row = this.states.push(state) * this.stride - this.stride
    this.rows.set(key, row)
    if (row + this.stride > this.table.length) {
      const larger = new Int32Array(this.table.length * 2).fill(unknown)
      larger.set(this.table)
      this.table = larger
    }
    return row
  }

  /**
   * Instructions that are reached without reading. `flags` tells what is known of the place; with `all` everything is,
   * else assertions about what follows are kept until that is known.
   */
  private closure(seeds: readonly number[], flags: number, all: boolean): number[] | 'matches' {
    const { inst } = this.program
    const seen = new Set<number>()
    const open = [...seeds]
    const reached: number[] = []
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (seen.has(number)) continue
      seen.add(number)
      const instruction = inst[number]
      if (!instruction) continue
      const { op, out, arg } = instruction
      if (op === operation.match) return 'matches'
      if (op === operation.alternative || op === operation.alternativeMatch) open.push(out, arg)
      else if (op === operation.nothing || op === operation.capture) open.push(out)
      else if (op === operation.assertion) {
        const missing = arg & ~flags
        if (missing === 0) open.push(out)
        else if (!all && (missing & before) === 0) reached.push(number)
      } else if (op >= runeOperations.single && op <= runeOperations.anyButNewline) reached.push(number)
    }
    return reached.sort((first, second) => first - second)
  }
}

function reads(instruction: Instruction, rune: number): boolean {
  if (instruction.op === runeOperations.any) return true
  if (instruction.op === runeOperations.anyButNewline) return rune !== 10
  return instruction.op >= runeOperations.single && instruction.matchRune(rune)
}

function isWord(rune: number): boolean {
  return (rune >= 48 && rune <= 57) || (rune >= 65 && rune <= 90) || (rune >= 97 && rune <= 122) || rune === 95
}

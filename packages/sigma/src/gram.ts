// Four-character grams: how texts are looked up quickly, and how rare grams are told from common ones.
import type { TextShape } from './expression.ts'
import { triggerFold } from './literal.ts'

/** Characters of a gram. */
export const gramLength = 4

/** The bit that tells the cases of ASCII letters apart is set in grams, so that texts need no folding before a scan. */
export function gramByte(code: number): number {
  return code | 0x20
}

/** The gram of four ASCII characters of a text. */
export function gramAt(text: string, position: number): number {
  return (
    gramByte(text.charCodeAt(position)) |
    (gramByte(text.charCodeAt(position + 1)) << 8) |
    (gramByte(text.charCodeAt(position + 2)) << 16) |
    (gramByte(text.charCodeAt(position + 3)) << 24)
  )
}

/** From the first three characters of a text, what `nextGram` makes its first gram of with the fourth one. */
export function gramBefore(first: number, second: number, third: number): number {
  return (gramByte(first) << 8) | (gramByte(second) << 16) | (gramByte(third) << 24)
}

/** The gram that ends with a character, from the one before it. */
export function nextGram(gram: number, code: number): number {
  return (gram >>> 8) | (gramByte(code) << 24)
}

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}

/** Multiplier of the hash of a gram (2^32 divided by the golden ratio). */
export const gramMultiplier = 0x9e3779b1 | 0

const tableBits = 16
/** Texts kept to look for short literals in. */
const maxKept = 512

/** How often grams occur in a sample of texts; without a sample, a guess by the kind of characters. */
export class GramStatistics {
  private readonly shift: number
  private readonly counts: Uint16Array
  private readonly seenIn: Uint16Array
  private texts = 0
  private beyondAscii = 0
  private readonly kept: string[] = []

  /** `bits`: of the hash by which grams are counted. */
  constructor(bits = tableBits) {
    this.shift = 32 - bits
    this.counts = new Uint16Array(1 << bits)
    this.seenIn = new Uint16Array(1 << bits)
  }

  /** Counts each gram of the text once. */
  add(text: string): void {
    this.texts++
    const { counts, seenIn, shift } = this
    const stamp = this.texts & 0xffff
    const folded = triggerFold(text)
    if (!isAscii(text)) this.beyondAscii++
    if (this.kept.length < maxKept) this.kept.push(folded)
    let gram = gramBefore(folded.charCodeAt(0), folded.charCodeAt(1), folded.charCodeAt(2))
    for (let end = gramLength - 1; end < folded.length; end++) {
      gram = nextGram(gram, folded.charCodeAt(end))
      const slot = Math.imul(gram, gramMultiplier) >>> shift
      if (seenIn[slot] === stamp) continue
      seenIn[slot] = stamp
      const count = counts[slot] ?? 0
      if (count < 0xffff) counts[slot] = count + 1
    }
  }

  /** Share of texts that a literal beyond ASCII is likely to be in. */
  get rareShare(): number {
    return ((this.beyondAscii + 1) / (this.texts + 10)) * 0.01
  }

  /** Share of sampled texts that hold a short literal, counted; `guess` without a sample. */
  shareOf(shape: TextShape, literal: string, guess: number): number {
    const { kept } = this
    if (kept.length === 0) return guess
    let count = 0
    for (let index = 0; index < kept.length; index++) if (hasText(shape, kept[index] ?? '', literal)) count++
    return (count + 0.1) / (kept.length + 1)
  }

  /** Share of sampled texts that hold the gram; never zero, smaller for grams that look rare. */
  share(gram: number): number {
    const guess = guessShare(gram)
    if (this.texts === 0) return guess
    // the guess decides among grams that the sample does not have
    return ((this.counts[Math.imul(gram, gramMultiplier) >>> this.shift] ?? 0) + guess) / (this.texts + 1)
  }

  /** Share of sampled texts that hold the rarest gram of a folded text of at least four bytes. */
  leastShare(bytes: Uint8Array, start: number, end: number): number {
    const { counts, shift } = this
    let least = Number.POSITIVE_INFINITY
    let guess = 1
    let gram = gramBefore(bytes[start] ?? 0, bytes[start + 1] ?? 0, bytes[start + 2] ?? 0)
    for (let at = start + gramLength - 1; at < end; at++) {
      gram = nextGram(gram, bytes[at] ?? 0)
      const count = counts[Math.imul(gram, gramMultiplier) >>> shift] ?? 0
      if (count > least) continue
      // a guess is less than one
      const guessed = guessShare(gram)
      if (count < least || guessed < guess) guess = guessed
      least = count
    }
    return this.texts === 0 ? guess : (least + guess) / (this.texts + 1)
  }

  /** The share of each gram of a folded text, in order; gives how many there are. */
  shares(bytes: Uint8Array, start: number, end: number, into: Float64Array): number {
    let gram = gramBefore(bytes[start] ?? 0, bytes[start + 1] ?? 0, bytes[start + 2] ?? 0)
    let count = 0
    for (let at = start + gramLength - 1; at < end; at++) {
      gram = nextGram(gram, bytes[at] ?? 0)
      into[count++] = this.share(gram)
    }
    return count
  }
}

/** Whether a text stands in another in the given way. */
export function hasText(shape: TextShape, text: string, part: string): boolean {
  if (shape === 'equals') return text === part
  if (shape === 'contains') return text.includes(part)
  return shape === 'startswith' ? text.startsWith(part) : text.endsWith(part)
}

const letterShare = new Float64Array(256).fill(0.02)
for (const [index, letter] of [...'etaoinsrhldcumfpgwybvkxjqz'].entries())
  letterShare[letter.charCodeAt(0)] = 0.4 - index * 0.014
for (const digit of '0123456789') letterShare[digit.charCodeAt(0)] = 0.12
for (const mark of '\\|.-= "}{') letterShare[gramByte(mark.charCodeAt(0))] = 0.35

const common = [
  '.exe',
  '\\win',
  'wind',
  'indo',
  'ndow',
  'dows',
  'ows\\',
  'syst',
  'yste',
  'stem',
  'tem3',
  'em32',
  'm32\\',
]
common.push(
  'c:\\w',
  ':\\wi',
  'c:\\p',
  'prog',
  'rogr',
  'ogra',
  'gram',
  'file',
  'user',
  'sers',
  'micr',
  'icro',
  'cros',
  'roso',
)
common.push(
  'osof',
  'soft',
  'http',
  'ttp:',
  'tp:/',
  'p://',
  'powe',
  'ower',
  'wers',
  'ersh',
  'rshe',
  'shel',
  'hell',
  'ell.',
)
const commonGrams = new Set(common.map((text) => gramAt(text, 0)))
/** Whether a gram with such a hash may be common. */
const mayBeCommon = new Uint8Array(1024)
for (const gram of commonGrams) mayBeCommon[Math.imul(gram, gramMultiplier) >>> 22] = 1

function guessShare(gram: number): number {
  if (mayBeCommon[Math.imul(gram, gramMultiplier) >>> 22] === 1 && commonGrams.has(gram)) return 0.3
  const first = (letterShare[gram & 255] ?? 0) * (letterShare[(gram >>> 8) & 255] ?? 0)
  const share = first * (letterShare[(gram >>> 16) & 255] ?? 0) * (letterShare[gram >>> 24] ?? 0)
  return share > 1e-6 ? share : 1e-6
}

/** Position and share of the rarest gram of a folded text of at least four characters. */
export function rarestGram(text: string, statistics: GramStatistics): { position: number; share: number } {
  let best = { position: 0, share: Number.POSITIVE_INFINITY }
  for (let position = 0; position + gramLength <= text.length; position++) {
    const share = statistics.share(gramAt(text, position))
    if (share < best.share) best = { position, share }
  }
  return best
}

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
  private readonly counts = new Uint16Array(1 << tableBits)
  private readonly seenIn = new Uint16Array(1 << tableBits)
  private texts = 0
  private beyondAscii = 0
  private readonly kept: string[] = []
  /** Texts that hold each text shorter than a gram, in each shape. */
  private short: Map<string, number> | undefined

  /** Counts each gram of the text once. */
  add(text: string): void {
    this.texts++
    const stamp = this.texts & 0xffff
    const folded = isAscii(text) ? text : triggerFold(text)
    if (folded !== text || !isAscii(folded)) this.beyondAscii++
    if (this.kept.length < maxKept) {
      this.kept.push(triggerFold(text))
      this.short = undefined
    }
    for (let position = 0; position + gramLength <= folded.length; position++) {
      const slot = Math.imul(gramAt(folded, position), gramMultiplier) >>> (32 - tableBits)
      if (this.seenIn[slot] === stamp) continue
      this.seenIn[slot] = stamp
      const count = this.counts[slot] ?? 0
      if (count < 0xffff) this.counts[slot] = count + 1
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
    if (literal.length >= gramLength) {
      let count = 0
      for (const text of kept) if (hasText(shape, text, literal)) count++
      return (count + 0.1) / (kept.length + 1)
    }
    this.short ??= shortCounts(kept)
    return ((this.short.get(`${shape} ${literal}`) ?? 0) + 0.1) / (kept.length + 1)
  }

  /** Share of sampled texts that hold the gram; never zero, smaller for grams that look rare. */
  share(gram: number): number {
    const guess = guessShare(gram)
    if (this.texts === 0) return guess
    const slot = Math.imul(gram, gramMultiplier) >>> (32 - tableBits)
    // the guess decides among grams that the sample does not have
    return ((this.counts[slot] ?? 0) + guess) / (this.texts + 1)
  }
}

function shortCounts(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) {
    const held = new Set<string>()
    for (let length = 1; length < gramLength && length <= text.length; length++) {
      held.add(`startswith ${text.slice(0, length)}`)
      held.add(`endswith ${text.slice(-length)}`)
      for (let start = 0; start + length <= text.length; start++)
        held.add(`contains ${text.slice(start, start + length)}`)
    }
    if (text.length < gramLength) held.add(`equals ${text}`)
    for (const each of held) counts.set(each, (counts.get(each) ?? 0) + 1)
  }
  return counts
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

function guessShare(gram: number): number {
  if (commonGrams.has(gram)) return 0.3
  let share = 1
  for (let shift = 0; shift < 32; shift += 8) share *= letterShare[(gram >>> shift) & 255] ?? 0.02
  return Math.max(share, 1e-6)
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

// Texts in, a few pairs of neighbouring characters out of which each text has one, and which are rare in a sample.
import { gramByte } from './gram.ts'

/** A pair and, of each text that is found by it, its number and the place of the pair in it. */
export interface RarePair {
  pair: number
  texts: { text: number; offset: number }[]
}

/** How often pairs may be met in a record in all: each time the texts of the pair are compared. */
const maxPerRecord = 3

/** About what a pair costs in a record, in nanoseconds: looking for it, each place where it stands, and each text there. */
const pairCost = 20
const hitCost = 8
const textCost = 4

/** Undefined when more than `most` pairs would be needed, or common ones. `texts` are ASCII. */
export function rarePairs(texts: readonly string[], sample: readonly string[], most: number): RarePair[] | undefined {
  const counts = new Uint32Array(0x1_0000)
  for (const line of sample)
    for (let at = 0; at + 1 < line.length; at++) {
      const pair = pairAt(line, at)
      counts[pair] = (counts[pair] ?? 0) + 1
    }
  const shareOf = (pair: number): number => (counts[pair] ?? 0) / Math.max(1, sample.length)
  const found: RarePair[] = []
  const open = new Set(texts.keys())
  let met = 0
  while (open.size > 0) {
    const holding = new Map<number, RarePair['texts']>()
    for (const text of open) {
      const seen = new Set<number>()
      for (let offset = 0; offset + 1 < (texts[text] ?? '').length; offset++) {
        const pair = pairAt(texts[text] ?? '', offset)
        if (seen.has(pair)) continue
        seen.add(pair)
        const known = holding.get(pair)
        if (known) known.push({ text, offset })
        else holding.set(pair, [{ text, offset }])
      }
    }
    let best: RarePair | undefined
    let worth = 0
    for (const [pair, some] of holding) {
      const value = some.length / (pairCost + shareOf(pair) * (hitCost + some.length * textCost))
      if (value > worth) {
        worth = value
        best = { pair, texts: some }
      }
    }
    if (!best || found.length === most) return undefined
    found.push(best)
    met += shareOf(best.pair)
    if (met > maxPerRecord) return undefined
    for (const { text } of best.texts) open.delete(text)
  }
  return found
}

function pairAt(text: string, at: number): number {
  return (gramByte(text.charCodeAt(at)) & 0xff) | ((gramByte(text.charCodeAt(at + 1)) & 0xff) << 8)
}

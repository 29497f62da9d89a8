// Grams and the literals they find in, tables in the kernel's memory out, which it searches the values of a line with.
import { gramMultiplier } from './gram.ts'
import type { LineLiteral } from './line-literal.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** Grams of some fields of a route. Filled, then built once, then asked for every line. */
export class GramTable {
  private readonly kernel: ScanKernel
  private readonly step: number
  private readonly buckets: LineLiteral[][] = [[]]
  private readonly bucketOf = new Map<number, number>()
  private saltsAt = 0
  private bitmapAt = 0
  private gramsAt = 0
  private shift = 0
  private mask = 0

  /** `step`: every so many bytes of a value are looked at. */
  constructor(kernel: ScanKernel, step: number) {
    this.kernel = kernel
    this.step = step
  }

  add(gram: number, literal: LineLiteral): void {
    let bucket = this.bucketOf.get(gram)
    if (bucket === undefined) {
      bucket = this.buckets.push([]) - 1
      this.bucketOf.set(gram, bucket)
    }
    this.buckets[bucket]?.push(literal)
  }

  /** `salts`: what grams of a field are mixed with, zero for fields that are not looked at. */
  build(salts: Uint32Array): void {
    const { kernel, bucketOf } = this
    this.saltsAt = kernel.allocate(salts.length * 4)
    kernel.words.set(salts, this.saltsAt >> 2)
    // few bits are set, because every gram that passes in vain costs a look into the table
    let bits = 10
    while (1 << bits < bucketOf.size * 64) bits++
    this.shift = 32 - bits
    this.bitmapAt = kernel.allocate(1 << (bits - 3))
    let slots = 16
    while (slots < bucketOf.size * 2) slots *= 2
    this.mask = slots - 1
    this.gramsAt = kernel.allocate(slots * 8)
    const { words } = kernel
    for (const [gram, bucket] of bucketOf) {
      const mixed = Math.imul(gram, gramMultiplier) >>> 0
      const hash = mixed >>> this.shift
      const word = (this.bitmapAt >> 2) + (hash >>> 5)
      words[word] = (words[word] ?? 0) | (1 << (hash & 31))
      let slot = (mixed >>> 4) & this.mask
      while (words[(this.gramsAt >> 2) + slot * 2 + 1] !== 0) slot = (slot + 1) & this.mask
      words[(this.gramsAt >> 2) + slot * 2] = gram
      words[(this.gramsAt >> 2) + slot * 2 + 1] = bucket
    }
    bucketOf.clear()
  }

  /** Hits in the tokens, left at the kernel's `hitsAt`; negative when there are too many. */
  scan(lineAt: number, tokensAt: number, count: number): number {
    const { kernel } = this
    return kernel.functions.scan(
      lineAt,
      tokensAt,
      count,
      this.saltsAt,
      this.bitmapAt,
      this.shift,
      this.gramsAt,
      this.mask,
      this.step,
      kernel.hitsAt,
      kernel.maxHits,
    )
  }

  /** Literals that the hit at a word of the kernel's memory may mean. */
  literalsAt(at: number): readonly LineLiteral[] {
    return this.buckets[this.kernel.words[at + 2] ?? 0] ?? none
  }
}

const none: readonly LineLiteral[] = []

// Grams or pairs and the literals that each of them finds in, the kernel's table of them out.
import { gramMultiplier } from './gram.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** Places in the kernel's memory begin at a multiple of so many words. */
const alignment = 4

/** Which literals, by their places in the kernel's memory, each key finds, and how far behind their first byte it stands. */
export class Buckets {
  /** Of each key: itself, its first and last literal, and how many it has. */
  private readonly keys: number[] = []
  private readonly firsts: number[] = []
  private readonly lasts: number[] = []
  private readonly counts: number[] = []
  private readonly literals: number[] = []
  private readonly offsets: number[] = []
  private readonly nexts: number[] = []
  /** Numbers of keys plus one, found by probing from the hash on. */
  private slots = new Int32Array(64)

  /** How many keys there are. */
  get size(): number {
    return this.keys.length
  }

  add(key: number, literal: number, offset: number): void {
    const { literals, offsets, nexts, lasts, counts } = this
    const entry = literals.length
    literals.push(literal)
    offsets.push(offset)
    nexts.push(-1)
    const number = this.numberOf(key, entry)
    const last = lasts[number] ?? entry
    if (last !== entry) nexts[last] = entry
    lasts[number] = entry
    counts[number] = (counts[number] ?? 0) + 1
  }

  /** The number of a key, which begins with this entry when it is new. */
  private numberOf(key: number, entry: number): number {
    const { keys, slots } = this
    const mask = slots.length - 1
    let slot = Math.imul(key, gramMultiplier) >>> 8
    for (; ; slot++) {
      const number = (slots[slot & mask] ?? 0) - 1
      if (number < 0) break
      if (keys[number] === key) return number
    }
    slots[slot & mask] = keys.push(key)
    this.firsts.push(entry)
    this.lasts.push(entry)
    this.counts.push(0)
    if (keys.length * 2 > slots.length) this.grow()
    return keys.length - 1
  }

  private grow(): void {
    const { keys } = this
    const slots = new Int32Array(this.slots.length * 4)
    const mask = slots.length - 1
    for (let number = 0; number < keys.length; number++) {
      let slot = Math.imul(keys[number] ?? 0, gramMultiplier) >>> 8
      while (slots[slot & mask] !== 0) slot++
      slots[slot & mask] = number + 1
    }
    this.slots = slots
  }

  key(number: number): number {
    return this.keys[number] ?? 0
  }

  /** Keys and buckets in at least twice as many slots, found by probing from where `hash` says. */
  write(kernel: ScanKernel, hash: (key: number) => number): { tableAt: number; mask: number } {
    const { keys, counts } = this
    let length = 16
    while (length < keys.length * 2) length *= 2
    const mask = length - 1
    const tableAt = kernel.allocate(length * 8)
    let words = 0
    for (let number = 0; number < keys.length; number++) words += bucketWords(counts[number] ?? 0)
    let at = kernel.allocate(words * 4)
    const table = tableAt >> 2
    const { words: memory } = kernel
    for (let number = 0; number < keys.length; number++) {
      const key = keys[number] ?? 0
      let slot = hash(key) & mask
      while (memory[table + slot * 2 + 1] !== 0) slot = (slot + 1) & mask
      memory[table + slot * 2] = key
      memory[table + slot * 2 + 1] = at
      this.fill(memory, at >> 2, number)
      at += bucketWords(counts[number] ?? 0) * 4
    }
    return { tableAt, mask }
  }

  /** The place of the only key's bucket. */
  writeOnly(kernel: ScanKernel): number {
    const at = kernel.allocate(bucketWords(this.counts[0] ?? 0) * 4)
    this.fill(kernel.words, at >> 2, 0)
    return at
  }

  private fill(words: Uint32Array, from: number, number: number): void {
    const { literals, offsets, nexts } = this
    words[from] = this.counts[number] ?? 0
    let to = from + 1
    for (let entry = this.firsts[number] ?? -1; entry >= 0; entry = nexts[entry] ?? -1) {
      words[to++] = literals[entry] ?? 0
      words[to++] = offsets[entry] ?? 0
    }
  }
}

function bucketWords(count: number): number {
  return (1 + count * 2 + alignment - 1) & ~(alignment - 1)
}

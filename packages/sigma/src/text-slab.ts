// Short texts in blocks of bytes, a number each: a million of them cost little more than their characters.

/** Bytes of a slot; a text takes as many as it needs, its length first. */
const slotLength = 16
const maxSlots = 16
const maxText = maxSlots * slotLength - 1
const slotsPerBlock = 65_536
const none = -1

/** Texts of Latin-1 up to 255 characters lie in the blocks; others are kept as they are, under negative numbers. */
export class TextSlab {
  private blocks: Uint8Array[] = []
  /** Slots taken of the last block. */
  private used = slotsPerBlock
  /** Heads of the lists of free places, by their number of slots; the next one stands in the free place itself. */
  private readonly free = new Int32Array(maxSlots + 1).fill(none)
  private others = new Map<number, string>()
  private nextOther = -2

  /** Keeps the text and gives its number, which stays valid until `drop`. */
  put(text: string): number {
    if (!fits(text)) {
      const number = this.nextOther--
      this.others.set(number, text)
      return number
    }
    const { length } = text
    const place = this.take(slotsOf(length))
    const block = this.blockOf(place)
    let at = offsetOf(place)
    block[at++] = length
    for (let index = 0; index < length; index++) block[at++] = text.charCodeAt(index)
    return place
  }

  get(number: number): string {
    if (number < 0) return this.others.get(number) ?? ''
    const block = this.blockOf(number)
    const start = offsetOf(number) + 1
    return String.fromCharCode(...block.subarray(start, start + (block[start - 1] ?? 0)))
  }

  /** Whether the text of this number is the given one. */
  equals(number: number, text: string): boolean {
    if (number < 0) return this.others.get(number) === text
    const block = this.blockOf(number)
    const start = offsetOf(number) + 1
    const { length } = text
    if (block[start - 1] !== length) return false
    for (let index = 0; index < length; index++) if (block[start + index] !== text.charCodeAt(index)) return false
    return true
  }

  drop(number: number): void {
    if (number < 0) {
      this.others.delete(number)
      return
    }
    const block = this.blockOf(number)
    const at = offsetOf(number)
    const slots = slotsOf(block[at] ?? 0)
    const next = this.free[slots] ?? none
    for (let byte = 0; byte < 4; byte++) block[at + byte] = next >>> (byte * 8)
    this.free[slots] = number
  }

  clear(): void {
    this.blocks = []
    this.used = slotsPerBlock
    this.free.fill(none)
    this.others = new Map()
  }

  private take(slots: number): number {
    const head = this.free[slots] ?? none
    if (head !== none) {
      const block = this.blockOf(head)
      const at = offsetOf(head)
      this.free[slots] =
        (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8) | ((block[at + 2] ?? 0) << 16) | ((block[at + 3] ?? 0) << 24)
      return head
    }
    if (this.used + slots > slotsPerBlock) {
      this.blocks.push(new Uint8Array(slotsPerBlock * slotLength))
      this.used = 0
    }
    const place = (this.blocks.length - 1) * slotsPerBlock + this.used
    this.used += slots
    return place
  }

  private blockOf(place: number): Uint8Array {
    const block = this.blocks[(place / slotsPerBlock) | 0]
    if (!block) throw new Error('a text that is not there')
    return block
  }
}

function offsetOf(place: number): number {
  return (place % slotsPerBlock) * slotLength
}

function slotsOf(length: number): number {
  return (length + slotLength) >> 4
}

function fits(text: string): boolean {
  if (text.length > maxText) return false
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 255) return false
  return true
}

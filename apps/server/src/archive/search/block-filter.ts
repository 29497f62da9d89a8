/**
 * What a block of events may contain, in 48 KiB: a Bloom filter of whole values and one of all runs of three characters.
 * "No" is certain; "maybe" is wrong now and then. Both sides give text in lower case.
 */

export const blockRows = 8192
const valueBits = 1 << 18
const runBits = 1 << 17
const valueHashes = 4
export const filterBytes = (valueBits + runBits) / 8

/** What must be in a block for an event in it to fit. */
export type Probe = { values: readonly string[] } | { text: string }

function hashOf(text: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

function runPlace(first: number, second: number, third: number): number {
  const mixed = Math.imul(Math.imul(first, 0x9e_37_79_b1) ^ second, 0x85_eb_ca_6b) ^ third
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2_b2_ae_35) >>> 15
}

export function addValue(filter: Uint8Array, value: string): void {
  let place = hashOf(value, 0x81_1c_9d_c5)
  const step = hashOf(value, 0x12_34_56_7) | 1
  for (let round = 0; round < valueHashes; round++) {
    const bit = place & (valueBits - 1)
    filter[bit >>> 3]! |= 1 << (bit & 7)
    place = (place + step) >>> 0
  }
}

export function addText(filter: Uint8Array, text: string): void {
  let first = text.charCodeAt(0)
  let second = text.charCodeAt(1)
  for (let index = 2; index < text.length; index++) {
    const third = text.charCodeAt(index)
    const bit = valueBits + runPlace(first, second, third)
    filter[bit >>> 3]! |= 1 << (bit & 7)
    first = second
    second = third
  }
}

export function mayHold(filter: Uint8Array, probe: Probe): boolean {
  return 'values' in probe ? probe.values.some((value) => mayHoldValue(filter, value)) : mayHoldText(filter, probe.text)
}

function mayHoldValue(filter: Uint8Array, value: string): boolean {
  let place = hashOf(value, 0x81_1c_9d_c5)
  const step = hashOf(value, 0x12_34_56_7) | 1
  for (let round = 0; round < valueHashes; round++) {
    const bit = place & (valueBits - 1)
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
    place = (place + step) >>> 0
  }
  return true
}

function mayHoldText(filter: Uint8Array, text: string): boolean {
  for (let index = 2; index < text.length; index++) {
    const bit = valueBits + runPlace(text.charCodeAt(index - 2), text.charCodeAt(index - 1), text.charCodeAt(index))
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
  }
  return true
}

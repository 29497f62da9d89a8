/**
 * What a block of events may contain, in three parts: `main` (whole values, and runs of three characters of the text),
 * `ids` (ids of events) and `numbers` (runs of six characters that are mostly digits: every run of three digits is in every block).
 * "No" is certain; "maybe" is wrong now and then. Text and values are in lower case on both sides, ids as they are.
 */

export const blockRows = 8192
const valueBits = 1 << 18
const runBits = 1 << 17
const idBits = 1 << 17
const numberBits = 1 << 19
const valueHashes = 4
const idHashes = 8
/** Length of a run that is mostly digits, and how many of them are. */
const numberRun = 6
const numberDigits = 4

/** Bytes of each part. */
export const filterBytes = { main: (valueBits + runBits) / 8, ids: idBits / 8, numbers: numberBits / 8 } as const
export type FilterPart = keyof typeof filterBytes
export const filterParts = Object.keys(filterBytes) as FilterPart[]
export type BlockFilter = Record<FilterPart, Uint8Array>

export const emptyFilter = (): BlockFilter => ({
  main: new Uint8Array(filterBytes.main),
  ids: new Uint8Array(filterBytes.ids),
  numbers: new Uint8Array(filterBytes.numbers),
})

/** What must be in a block for an event in it to fit. */
export type Probe = { values: readonly string[] } | { text: string } | { ids: readonly string[] }

function hashOf(text: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

function add(filter: Uint8Array, value: string, bits: number, hashes: number): void {
  let place = hashOf(value, 0x81_1c_9d_c5)
  const step = hashOf(value, 0x12_34_56_7) | 1
  for (let round = 0; round < hashes; round++) {
    const bit = place & (bits - 1)
    filter[bit >>> 3]! |= 1 << (bit & 7)
    place = (place + step) >>> 0
  }
}

function has(filter: Uint8Array, value: string, bits: number, hashes: number): boolean {
  let place = hashOf(value, 0x81_1c_9d_c5)
  const step = hashOf(value, 0x12_34_56_7) | 1
  for (let round = 0; round < hashes; round++) {
    const bit = place & (bits - 1)
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
    place = (place + step) >>> 0
  }
  return true
}

/** Places of the runs of three characters, in the second half of `main`. */
function* runPlaces(text: string): Generator<number> {
  for (let index = 2; index < text.length; index++)
    yield valueBits + runPlace(text.charCodeAt(index - 2), text.charCodeAt(index - 1), text.charCodeAt(index))
}

function runPlace(first: number, second: number, third: number): number {
  const mixed = Math.imul(Math.imul(first, 0x9e_37_79_b1) ^ second, 0x85_eb_ca_6b) ^ third
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2_b2_ae_35) >>> 15
}

const isDigit = (code: number) => code >= 48 && code <= 57

function eachNumberPlace(text: string, visit: (bit: number) => void): void {
  let digits = 0
  for (let index = 0; index < text.length; index++) {
    if (isDigit(text.charCodeAt(index))) digits++
    if (index >= numberRun && isDigit(text.charCodeAt(index - numberRun))) digits--
    if (digits < numberDigits || index < numberRun - 1) continue
    let hash = 0x81_1c_9d_c5
    for (let place = index - numberRun + 1; place <= index; place++)
      hash = Math.imul(hash ^ text.charCodeAt(place), 0x01_00_01_93)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85_eb_ca_6b)
    visit((hash ^ (hash >>> 13)) & (numberBits - 1))
  }
}

export const addValue = (filter: BlockFilter, value: string) => add(filter.main, value, valueBits, valueHashes)
export const addId = (filter: BlockFilter, id: string) => add(filter.ids, id, idBits, idHashes)

export function addText({ main, numbers }: BlockFilter, text: string): void {
  let first = text.charCodeAt(0)
  let second = text.charCodeAt(1)
  for (let index = 2; index < text.length; index++) {
    const third = text.charCodeAt(index)
    const bit = valueBits + runPlace(first, second, third)
    main[bit >>> 3]! |= 1 << (bit & 7)
    first = second
    second = third
  }
  eachNumberPlace(text, (bit) => {
    numbers[bit >>> 3]! |= 1 << (bit & 7)
  })
}

/** For a text that is not known whole: no run is excluded any longer. */
export function addAnyText({ main, numbers }: BlockFilter): void {
  main.fill(0xff)
  numbers.fill(0xff)
}

/** Parts that say something about a probe. */
export function partsFor(probe: Probe): readonly FilterPart[] {
  if ('ids' in probe) return ['ids']
  if ('values' in probe) return ['main']
  let hasNumber = false
  eachNumberPlace(probe.text, () => {
    hasNumber = true
  })
  return hasNumber ? ['main', 'numbers'] : ['main']
}

/** What one part of a block's filter says of a probe. */
export function mayHold(part: FilterPart, filter: Uint8Array, probe: Probe): boolean {
  if ('ids' in probe) return part !== 'ids' || probe.ids.some((id) => has(filter, id, idBits, idHashes))
  if ('values' in probe)
    return part !== 'main' || probe.values.some((value) => has(filter, value, valueBits, valueHashes))
  const isSet = (bit: number) => ((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0
  if (part === 'main') return runPlaces(probe.text).every(isSet)
  if (part !== 'numbers') return true
  let all = true
  eachNumberPlace(probe.text, (bit) => {
    all &&= isSet(bit)
  })
  return all
}

// The WebAssembly kernel and its memory: lines go in, tables of tokens and hits come out. See kernel/scan.c.
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

interface KernelFunctions {
  tokenise(line: number, length: number, fields: number, mask: number, tokens: number, capacity: number): number
  scan(
    line: number,
    tokens: number,
    count: number,
    salts: number,
    bitmap: number,
    shift: number,
    grams: number,
    mask: number,
    step: number,
    hits: number,
    capacity: number,
  ): number
  pairs(
    line: number,
    tokens: number,
    count: number,
    salts: number,
    bitmap: number,
    hits: number,
    capacity: number,
  ): number
  plain(from: number, length: number, to: number): number
}

export const tokenFlags = {
  string: 1 << 16,
  number: 1 << 17,
  true: 1 << 18,
  false: 1 << 19,
  null: 1 << 20,
  escape: 1 << 21,
  high: 1 << 22,
  decode: 1 << 23,
} as const

const pageSize = 65_536
/** Readable bytes before and behind a line, which the kernel's wide loads may touch. */
const margin = 64
const maxTokens = 1_024
const maxHits = 4_096
const scratchLength = 65_536

/** Bytes a line may have for the kernel; a longer one is parsed. */
export const maxLineLength = 262_144

/** One instance with its own memory. */
export class ScanKernel {
  readonly lineAt = margin
  readonly scratchAt = margin + maxLineLength + margin
  readonly tokensAt = margin + maxLineLength + margin + scratchLength + margin
  readonly scratchTokenAt = this.tokensAt + maxTokens * 12
  readonly hitsAt = this.scratchTokenAt + 12
  readonly functions: KernelFunctions
  private readonly memory: WasmMemory
  private top = this.hitsAt + maxHits * 12
  /** The memory as bytes and words; made anew when it grows. */
  bytes: Uint8Array
  words: Uint32Array

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(this.top / pageSize) + 1 })
    const module = new WebAssembly.Module(decodeBase64(scanKernelBase64))
    const { exports } = new WebAssembly.Instance(module, { env: { __linear_memory: this.memory } })
    this.functions = exports as KernelFunctions
    this.bytes = new Uint8Array(this.memory.buffer)
    this.words = new Uint32Array(this.memory.buffer)
  }

  /** Reserves memory, aligned to words. It is never given back. */
  allocate(length: number): number {
    const at = (this.top + 15) & ~15
    this.top = at + length + margin
    if (this.top > this.bytes.length) {
      this.memory.grow(Math.ceil((this.top - this.bytes.length) / pageSize))
      this.bytes = new Uint8Array(this.memory.buffer)
      this.words = new Uint32Array(this.memory.buffer)
    }
    return at
  }

  /** Tokens of the line at `lineAt`; negative when there is no flat object. */
  tokenise(length: number, fields: number, mask: number): number {
    return this.functions.tokenise(this.lineAt, length, fields, mask, this.tokensAt, maxTokens)
  }

  get maxHits(): number {
    return maxHits
  }

  get scratchLength(): number {
    return scratchLength
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function decodeBase64(text: string): Uint8Array {
  const values = new Uint8Array(128)
  for (let index = 0; index < alphabet.length; index++) values[alphabet.charCodeAt(index)] = index
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let at = 0
  for (let index = 0; index < text.length; index += 4) {
    let group = 0
    for (let offset = 0; offset < 4; offset++) group = (group << 6) | (values[text.charCodeAt(index + offset)] ?? 0)
    for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = (group >> shift) & 255
  }
  return bytes
}

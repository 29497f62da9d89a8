/** The part of yauzl (which ships no types) that `unpack.ts` uses. */
declare module 'yauzl' {
  import type { EventEmitter } from 'node:events'
  import type { Readable } from 'node:stream'

  export interface Entry {
    /** As it is in the archive, without `decodeStrings`. */
    fileName: Buffer
    extraFields: unknown
    compressedSize: number
    uncompressedSize: number
    generalPurposeBitFlag: number
    getLastModDate(): Date
  }
  export interface ZipFile extends EventEmitter {
    readEntry(): void
    close(): void
    openReadStream(entry: Entry, callback: (error: Error | null, stream: Readable) => void): void
  }
  type Opened = (error: Error | null, file: ZipFile) => void
  export interface OpenOptions {
    lazyEntries?: boolean
    autoClose?: boolean
    decodeStrings?: boolean
  }
  export function getFileNameLowLevel(flags: number, name: Buffer, extraFields: unknown, strict: boolean): string
  export function open(path: string, options: OpenOptions, callback: Opened): void
  export function fromBuffer(buffer: Buffer, options: OpenOptions, callback: Opened): void
  const yauzl: { open: typeof open; fromBuffer: typeof fromBuffer }
  export default yauzl
}

/** Bytes read from a fanotify group that reports directories and names in, plain values out. Pure; include/uapi/linux/fanotify.h. */

export const mask = {
  attribute: 0x4n,
  closeWrite: 0x8n,
  movedFrom: 0x40n,
  movedTo: 0x80n,
  create: 0x100n,
  remove: 0x200n,
  overflow: 0x4000n,
  directory: 0x40000000n,
} as const

export interface TreeEvent {
  mask: bigint
  pid: number
  /** File system and handle of the directory: its key, and the handle as open_by_handle_at(2) takes it. */
  directory: { key: string; fileSystem: string; handle: Uint8Array } | undefined
  /** Name in that directory; empty for the directory itself. */
  name: string
}

const metadataBytes = 24
const directoryWithName = 2
const directoryOnly = 3
const version = 3

/** Stops at the first event that is cut or of another version. */
export function decodeTreeEvents(bytes: Buffer): TreeEvent[] {
  const events: TreeEvent[] = []
  for (let at = 0; at + metadataBytes <= bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    if (length < metadataBytes || at + length > bytes.length || bytes[at + 4] !== version) break
    const event: TreeEvent = {
      mask: bytes.readBigUInt64LE(at + 8),
      pid: bytes.readInt32LE(at + 20),
      directory: undefined,
      name: '',
    }
    for (let info = at + bytes.readUInt16LE(at + 6); info + 4 <= at + length; ) {
      const size = bytes.readUInt16LE(info + 2)
      if (size < 4 || info + size > at + length) break
      const type = bytes[info]
      if ((type === directoryWithName || type === directoryOnly) && size >= 20) {
        const handleAt = info + 12
        const handleEnd = handleAt + 8 + bytes.readUInt32LE(handleAt)
        if (handleEnd > info + size) break
        const handle = Uint8Array.prototype.slice.call(bytes, handleAt, handleEnd)
        const fileSystem = bytes.toString('latin1', info + 4, info + 12)
        event.directory = { key: fileSystem + bytes.toString('latin1', handleAt, handleEnd), fileSystem, handle }
        if (type === directoryWithName) {
          let end = handleEnd
          while (end < info + size && bytes[end] !== 0) end++
          event.name = bytes.toString('utf8', handleEnd, end)
        }
      }
      info += size
    }
    events.push(event)
    at += length
  }
  return events
}

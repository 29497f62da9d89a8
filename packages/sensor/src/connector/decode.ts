/** Datagrams of the process connector in, plain values out. Pure; include/uapi/linux/cn_proc.h and connector.h. */

export interface ConnectorEvent {
  kind: 'acknowledged' | 'fork' | 'exec' | 'exit' | 'uid' | 'ptrace' | 'other'
  cpu: number
  /** Rises by one per event of its CPU. */
  sequence: number
  /** CLOCK_MONOTONIC. */
  timeNs: number
  pid: number
  /** Differs from `pid` for a thread that is not the first one. */
  threadGroup: number
  /** Fork: the parent. Ptrace: the tracer. */
  other: number
  /** Exit: the status as wait(2) gives it. Acknowledgement: an error number. */
  status: number
  /** Uid: real and effective. */
  uid: number
  euid: number
}

const netlinkHead = 16
const connectorHead = 20
const eventHead = 16
const kinds: Record<number, ConnectorEvent['kind']> = {
  0: 'acknowledged',
  1: 'fork',
  2: 'exec',
  4: 'uid',
  256: 'ptrace',
  2147483648: 'exit',
}

/** Undefined when the datagram is cut or none of the connector's. */
export function decodeConnector(bytes: Buffer): ConnectorEvent | undefined {
  const at = netlinkHead + connectorHead
  if (bytes.length < at + eventHead + 4) return undefined
  const idx = bytes.readUInt32LE(netlinkHead)
  const val = bytes.readUInt32LE(netlinkHead + 4)
  if (idx !== 1 || val !== 1) return undefined
  const kind = kinds[bytes.readUInt32LE(at)] ?? 'other'
  const field = (index: number) => {
    const place = at + eventHead + 4 * index
    return place + 4 <= bytes.length ? bytes.readUInt32LE(place) : 0
  }
  const event: ConnectorEvent = {
    kind,
    cpu: bytes.readUInt32LE(at + 4),
    sequence: bytes.readUInt32LE(netlinkHead + 8),
    timeNs: Number(bytes.readBigUInt64LE(at + 8)),
    pid: field(0),
    threadGroup: field(1),
    other: 0,
    status: 0,
    uid: 0,
    euid: 0,
  }
  if (kind === 'acknowledged') event.status = field(0)
  else if (kind === 'fork')
    // Parent first: parent_pid, parent_tgid, child_pid, child_tgid.
    Object.assign(event, { other: field(1), pid: field(2), threadGroup: field(3) })
  else if (kind === 'uid') Object.assign(event, { uid: field(2), euid: field(3) })
  else if (kind === 'exit') event.status = field(2)
  else if (kind === 'ptrace') event.other = field(3)
  return event
}

/** The datagram that asks for events, or for no more of them. */
export function subscription(listen: boolean, pid: number): Buffer {
  const bytes = Buffer.alloc(netlinkHead + connectorHead + 4)
  bytes.writeUInt32LE(bytes.length, 0)
  bytes.writeUInt16LE(3, 4) // NLMSG_DONE
  bytes.writeUInt32LE(pid, 12)
  bytes.writeUInt32LE(1, netlinkHead) // CN_IDX_PROC
  bytes.writeUInt32LE(1, netlinkHead + 4) // CN_VAL_PROC
  bytes.writeUInt16LE(4, netlinkHead + 16)
  bytes.writeUInt32LE(listen ? 1 : 2, netlinkHead + connectorHead)
  return bytes
}

/** The decoders of the rungs without eBPF: known bytes give known values, and no bytes make them throw or run away. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeConnector, subscription } from '../connector/decode.ts'
import { decodeTreeEvents, mask } from '../fanotify/decode.ts'
import { decodeTraceLine } from '../tracefs/decode.ts'

function connectorBytes(what: number, ...fields: number[]): Buffer {
  const bytes = Buffer.alloc(36 + 16 + 4 * fields.length)
  bytes.writeUInt32LE(1, 16)
  bytes.writeUInt32LE(1, 20)
  bytes.writeUInt32LE(7, 24)
  bytes.writeUInt32LE(what, 36)
  bytes.writeUInt32LE(3, 40)
  bytes.writeBigUInt64LE(5_000n, 44)
  for (const [index, field] of fields.entries()) bytes.writeUInt32LE(field, 52 + 4 * index)
  return bytes
}

test('datagrams of the process connector', () => {
  const fork = decodeConnector(connectorBytes(1, 10, 10, 11, 11))
  assert.deepEqual(
    [fork?.kind, fork?.other, fork?.pid, fork?.threadGroup, fork?.cpu, fork?.sequence, fork?.timeNs],
    ['fork', 10, 11, 11, 3, 7, 5000],
  )
  const exit = decodeConnector(connectorBytes(0x8000_0000, 11, 11, 256, 17))
  assert.deepEqual([exit?.kind, exit?.pid, exit?.status], ['exit', 11, 256])
  assert.equal(subscription(true, 1).length, 40)
  const foreign = connectorBytes(1, 1, 1)
  foreign.writeUInt32LE(9, 16)
  assert.equal(decodeConnector(foreign), undefined)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => void decodeConnector(Buffer.from(bytes))))
})

function treeBytes(name: string, eventMask: bigint): Buffer {
  const handle = Buffer.alloc(16)
  handle.writeUInt32LE(8, 0)
  const info = Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.alloc(8, 1), handle, Buffer.from(`${name}\0`)])
  info.writeUInt16LE(info.length, 2)
  const head = Buffer.alloc(24)
  head.writeUInt32LE(24 + info.length, 0)
  head[4] = 3
  head.writeUInt16LE(24, 6)
  head.writeBigUInt64LE(eventMask, 8)
  head.writeInt32LE(42, 20)
  return Buffer.concat([head, info])
}

test('events of fanotify, several in one piece, cut anywhere', () => {
  const bytes = Buffer.concat([treeBytes('a b', mask.create), treeBytes('c', mask.closeWrite | mask.remove)])
  const [first, second] = decodeTreeEvents(bytes)
  assert.deepEqual([first?.name, first?.pid, first?.mask], ['a b', 42, mask.create])
  assert.equal(first?.directory?.handle.length, 16)
  assert.equal(first?.directory?.key, second?.directory?.key)
  for (let length = 0; length < bytes.length; length++)
    assert.ok(decodeTreeEvents(bytes.subarray(0, length)).length <= 1, `${length} bytes`)
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const changed = Buffer.from(bytes)
      changed[at] = value
      assert.ok(decodeTreeEvents(changed).length <= 8)
    }),
  )
})

test('lines of a trace pipe', () => {
  assert.deepEqual(
    decodeTraceLine(
      '              sh-123     [001] ...1.   12.000345: sched_process_exec: filename=/bin/a b pid=123 old_pid=123',
    ),
    { kind: 'exec', timeNs: 12_000_345_000, pid: 123, path: '/bin/a b' },
  )
  assert.deepEqual(
    decodeTraceLine(
      '           <...>-9       [000] d..2.    1.000000: sched_process_exit: comm=x pid=1 prio=5 pid=9 prio=120 group_dead=true',
    ),
    { kind: 'exit', timeNs: 1e9, tid: 9, last: true },
  )
  const socket = decodeTraceLine(
    '   (x) y-7 [001] ..s1. 3.500000: inet_sock_set_state: family=AF_INET6 protocol=IPPROTO_TCP sport=0 dport=80 saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=:: daddrv6=::ffff:192.0.2.1 oldstate=TCP_CLOSE newstate=TCP_SYN_SENT',
  )
  assert.ok(socket?.kind === 'socket')
  assert.deepEqual(socket.destination, { address: '192.0.2.1', port: 80 })
  // The rest of a name with a line break in it: a head must stand at the beginning of a line.
  const forged = `${'x'.repeat(40)}-1 [001] ...1. 1.000000: sched_process_exec: filename=/bin/id pid=1 old_pid=1`
  assert.equal(decodeTraceLine(forged), undefined)
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (line) => void decodeTraceLine(line)))
})

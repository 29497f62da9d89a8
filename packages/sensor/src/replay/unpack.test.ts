import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { strToU8, zipSync } from 'fflate'
import { openRecorded } from './open.ts'
import { unpack, unpackLimits } from './unpack.ts'

const root = mkdtempSync(join(tmpdir(), 'unpack-'))
after(() => rmSync(root, { recursive: true, force: true }))
const at = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(root, name), content)
  return join(root, name)
}
const line = 'Nov 22 10:00:00 web-1 sshd[1]: Failed password for root from 203.0.113.5 port 4 ssh2\n'

/** What every input gave: its bytes, or why there are none. */
async function read(path: string, limits = unpackLimits): Promise<string[]> {
  const found: string[] = []
  for await (const input of unpack([path], limits)) {
    const name = input.name.slice(root.length + 1)
    if ('reason' in input) found.push(`${name} ${input.reason.split(' ')[0]}`)
    else {
      let count = 0
      try {
        for await (const piece of input.bytes) count += piece.length
        found.push(`${name} ${count}`)
      } catch (error) {
        found.push(`${name} ${count} ${(error as Error).constructor.name}`)
      }
    }
  }
  return found
}

test('of a gzip that was cut off anywhere what it holds until there is read, and the fault is told', async () => {
  const many = Array.from({ length: 200 }, (_, index) => line.replace('port 4', `port ${index * 31}`)).join('')
  const whole = gzipSync(many)
  let least = 0
  for (const part of [0.3, 0.6, 0.9, 0.999]) {
    const read = openRecorded([at('cut.log.gz', whole.subarray(0, Math.floor(whole.length * part)))])
    const faults: string[] = []
    for await (const item of read) if ('unparsed' in item) faults.push(item.unparsed.reason)
    assert.equal(faults.at(-1), 'replay.read-failed unexpected end of file')
    assert.ok(read.counts.parsed > least, `${part}: ${read.counts.parsed}`)
    least = read.counts.parsed
  }
  assert.equal(least, 200)
})

/** Whether this process has the file open. */
const isOpen = (path: string) =>
  readdirSync('/proc/self/fd').some((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`) === path
    } catch {
      return false
    }
  })

test('a file is closed when it was read, and when the rest of it is of no use', async () => {
  let nested: Uint8Array = randomBytes(3_000_000)
  for (let depth = 0; depth < 6; depth++) nested = gzipSync(nested, { level: 1 })
  const deep = at('deep.gz', nested)
  const long = at('long.log', line.repeat(20_000))
  assert.deepEqual(await read(deep), ['deep.gz replay.archive-too-deep'])
  assert.deepEqual(await read(long), [`long.log ${20_000 * line.length}`])
  for await (const _item of openRecorded([long])) {
    assert.ok(isOpen(long))
    break
  }
  for await (const _input of unpack([long])) break
  assert.deepEqual([deep, long].filter(isOpen), [])
})

test('UTF-16 with its mark is read like UTF-8, in archives too, whatever way it is cut', async () => {
  const records =
    `${JSON.stringify({ Channel: 'Security', EventID: 1102, UtcTime: '2026-01-02 03:04:05.000', Text: 'Ärger 😀' })}\r\n`.repeat(
      3,
    )
  const little = Buffer.from(`\ufeff${records}`, 'utf16le')
  const big = Buffer.from(little).swap16()
  for (const [name, bytes] of [
    ['little.json', little],
    ['big.json', big],
    ['little.json.gz', gzipSync(little)],
    ['big.zip', zipSync({ 'a.json': big })],
  ] as const) {
    const read = openRecorded([at(name, bytes)])
    const texts: unknown[] = []
    for await (const item of read)
      texts.push('event' in item && item.event.type === 'windows.recorded' ? item.event.fields.Text : item)
    assert.deepEqual(texts, ['Ärger 😀', 'Ärger 😀', 'Ärger 😀'], name)
  }
  assert.deepEqual(await read(at('half.txt', little.subarray(0, 5))), ['half.txt 4'])
})

/** Replaces every occurrence of a text of the same length, as in both directories of a zip. */
function renamed(zip: Uint8Array, from: string, to: string): Buffer {
  const bytes = Buffer.from(zip)
  for (let index = bytes.indexOf(from); index >= 0; index = bytes.indexOf(from, index + 1)) bytes.write(to, index)
  return bytes
}

test('a member that cannot be read costs itself, whatever is wrong with it', async () => {
  const broken = Buffer.from(zipSync({ 'deep.log': strToU8(line) }))
  const zip = zipSync({
    'a.log': strToU8(line),
    'b.zip': broken.subarray(0, broken.length - 10),
    'c.log.gz': gzipSync(line).fill(0xff, 12),
    'd.log': [strToU8(line), { level: 0 }],
    'e.log': strToU8(line),
  })
  const bytes = Buffer.from(zip)
  // a method of compression that nobody knows, in the central directory
  const central = bytes.lastIndexOf('a.log') - 46
  bytes.writeUInt16LE(99, central + 10)
  const found = await read(at('members.zip', bytes))
  assert.deepEqual(
    found.map((each) => each.replace(/ \d+ Error$/, ' fault')),
    [
      'members.zip/a.log replay.read-failed',
      'members.zip/b.zip replay.read-failed',
      'members.zip/c.log.gz fault',
      `members.zip/d.log ${line.length}`,
      `members.zip/e.log ${line.length}`,
    ],
  )
})

test('names of members are labels: any is read, and none can pass for another', async () => {
  const zip = zipSync({ 'xx/xx/xx/a': strToU8(line), 'b.log': strToU8(line), 'c.log': strToU8(line.repeat(2)) })
  const path = at('names.zip', renamed(renamed(zip, 'xx/xx/xx/a', '../../../a'), 'c.log', 'b.log'))
  assert.deepEqual(await read(path), [
    `names.zip/../../../a ${line.length}`,
    `names.zip/b.log ${line.length}`,
    `names.zip/b.log (2) ${line.length * 2}`,
  ])
  const ids: string[] = []
  for await (const item of openRecorded([path])) if ('event' in item) ids.push(item.event.id)
  assert.equal(new Set(ids).size, 4)
  assert.deepEqual(
    readdirSync(root).filter((name) => name === 'a'),
    [],
  )
})

test('what all members and the archives inside them give together is bounded', async () => {
  const limits = { ...unpackLimits, unpackedBytes: 2_500_000 }
  const million = new Uint8Array(1_000_000)
  const many = zipSync({ a: million, b: million, c: million, d: million })
  assert.deepEqual(await read(at('many.zip', many), limits), [
    'many.zip/a 1000000',
    'many.zip/b 1000000',
    'many.zip/c replay.unpack-limit',
    'many.zip/d replay.unpack-limit',
  ])
  const nested = zipSync({ 'a.gz': gzipSync(million), 'b.gz': gzipSync(million), 'c.gz': gzipSync(million) })
  const found = await read(at('nested.zip', nested), limits)
  assert.deepEqual(found.slice(0, 2), ['nested.zip/a.gz 1000000', 'nested.zip/b.gz 1000000'])
  assert.match(found[2] ?? '', /^nested\.zip\/c\.gz \d+ LimitReached$/)
  // members that share their data give as much as if each had its own
  const shared = Buffer.from(many)
  const first = shared.indexOf('PK\x01\x02', 0, 'latin1')
  for (let header = first; header >= 0; header = shared.indexOf('PK\x01\x02', header + 1, 'latin1'))
    shared.writeUInt32LE(0, header + 42)
  assert.deepEqual((await read(at('shared.zip', shared), limits)).slice(2), [
    'shared.zip/c replay.unpack-limit',
    'shared.zip/d replay.unpack-limit',
  ])
})

test('directories of an archive count as members', async () => {
  const entries = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`d${index}/`, new Uint8Array(0)]))
  const found = await read(at('directories.zip', zipSync(entries)), { ...unpackLimits, members: 50 })
  assert.deepEqual(found, ['directories.zip replay.unpack-limit'])
})

test('bytes behind a gzip stream that are none are a fault, not silence', async () => {
  const found = await read(at('tail.gz', Buffer.concat([gzipSync(line), Buffer.from('more lines\n')])))
  assert.deepEqual(found, ['tail.gz replay.read-failed'])
})

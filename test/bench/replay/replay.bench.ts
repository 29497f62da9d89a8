/**
 * Records a second of the readers behind `rampart replay`, one source after the other, without detection.
 * `tools/node test/bench/replay/replay.bench.ts [megabytes]` repeats the recordings of the decoders' test data to files of that size.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openRecorded } from '@rampart/sensor'

const bytes = Number(process.argv[2] ?? 32) * 1024 ** 2
const root = mkdtempSync(join(tmpdir(), 'bench-replay-'))
const recordings = resolve(import.meta.dirname, '../../../packages/sensor/src')

/** The lines of a recording, repeated; the counter keeps them from being equal. */
function repeat(file: string, from = 0, vary?: (line: string, turn: number) => string): string {
  const lines = readFileSync(join(recordings, file), 'utf8').trimEnd().split('\n').slice(from)
  const parts: string[] = []
  for (let size = 0, turn = 0; size < bytes; turn++)
    for (const line of lines) {
      const text = vary ? vary(line, turn) : line
      parts.push(text)
      size += text.length + 1
    }
  return `${parts.join('\n')}\n`
}

const pid = (line: string, turn: number) => line.replace(/\[\d+\]:/, `[${1000 + (turn % 30_000)}]:`)
const serial = (line: string, turn: number) =>
  line.replace(
    /audit\((\d+)\.(\d+):(\d+)\)/,
    (_all, _s, ms, n) => `audit(${1_700_000_000 + turn * 10}.${ms}:${turn * 100 + Number(n)})`,
  )
const inputs: Record<string, () => string | Buffer> = {
  'auth.log': () => repeat('auth/testdata/openssh.log', 0, pid),
  'access.log': () => repeat('weblog/testdata/combined.log'),
  'iis.log': () => repeat('weblog/testdata/iis.log'),
  'access.ndjson': () => repeat('weblog/testdata/json.ndjson'),
  'audit.log': () => repeat('audit/testdata/calls.log', 0, serial),
  'cloudtrail.json': () =>
    `{"Records":[${repeat('cloud/testdata/cloudtrail.json', 1, (line) =>
      line === ']}' ? '{}' : `${line.replace(/,$/, '')},`,
    )
      .trimEnd()
      .replace(/"text",/g, '1,')
      .replace(/\{\}\n/g, '{},\n')}]}`,
  'kubernetes.ndjson': () => repeat('kubernetes/testdata/audit.ndjson'),
  'eve.ndjson': () => repeat('suricata/testdata/eve.ndjson'),
  'windows.ndjson': () => repeat('windows/testdata/forms.ndjson'),
  'auth.log.gz': () => gzipSync(repeat('auth/testdata/openssh.log', 0, pid)),
}

console.log('input               records    parsed    seconds  records/s     MB/s   RSS MB')
try {
  for (const [name, make] of Object.entries(inputs)) {
    const path = join(root, name)
    writeFileSync(path, make())
    const recorded = openRecorded([path])
    const from = performance.now()
    let peak = 0
    for await (const _batch of recorded.batches()) peak = Math.max(peak, process.memoryUsage.rss())
    const seconds = (performance.now() - from) / 1000
    const { records, parsed, bytes: read } = recorded.counts
    const columns = [
      records,
      parsed,
      seconds.toFixed(2),
      Math.round(records / seconds),
      (read / 1e6 / seconds).toFixed(1),
      Math.round(peak / 1e6),
    ]
    console.log(
      `${name.padEnd(18)}${columns.map((column, at) => String(column).padStart([9, 10, 11, 11, 9, 9][at] ?? 9)).join('')}`,
    )
    rmSync(path)
  }
} finally {
  rmSync(root, { recursive: true })
}

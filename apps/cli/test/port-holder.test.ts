/** Who holds a port: this very process, a real server of Rampart with its state directory. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { holderOf } from '../src/doctor/port-holder.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

for (const host of ['127.0.0.1', '::1'])
  test(`another program on ${host}`, async () => {
    const taken = createServer()
    await once(taken.listen(0, host), 'listening')
    const { port } = taken.address() as AddressInfo
    assert.deepEqual(holderOf(port), { pid: process.pid, program: 'node', rampart: null })
    await new Promise((closed) => taken.close(closed))
    assert.notEqual(holderOf(port)?.pid, process.pid)
  })

test('a server of Rampart says its state directory', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'rampart-holder-'))
  const listen = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0', '--log', 'none', '--json']
  const child = spawn(process.execPath, [main, 'server', '--state', state, ...listen], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(async () => {
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(state, { recursive: true, force: true })
  })
  let port = 0
  for await (const line of createInterface({ input: child.stdout })) {
    port = Number(new URL(JSON.parse(line).console).port)
    break
  }
  assert.deepEqual(holderOf(port), { pid: child.pid, program: 'node', rampart: state })
})

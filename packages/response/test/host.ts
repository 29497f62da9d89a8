/** A host for executors under test: a folder of its own, this machine's processes. */
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { defaultPolicy, type ExecutionHost, readProcess } from '../src/execute/index.ts'
import { readAttributes } from '../src/execute/native.ts'
import type { ProcessTarget } from '../src/index.ts'

export const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

export function hostIn(directory: string, over: Partial<ExecutionHost> = {}): ExecutionHost {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return {
    directory,
    ownPids: [process.pid],
    bootId,
    server: { host: '127.0.0.1', port: 1, addresses: ['127.0.0.1'] },
    policy: defaultPolicy,
    memory: { kept: () => undefined, keep: () => {} },
    progress: () => {},
    sendData: async () => {},
    ...over,
  }
}

/** A host, and a folder for the files that it works on; both are gone after the test. */
export function setUp(t: TestContext, over: Partial<ExecutionHost> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'response-test-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const place = join(root, 'place')
  mkdirSync(place)
  return { root, place, host: hostIn(join(root, 'state/response'), over) }
}

/** Everything that a restored file has to have again; the time of change and the inode cannot be set. */
export function lookAt(path: string) {
  const { uid, gid, mode, size, mtimeNs, atimeNs } = statSync(path, { bigint: true })
  const fd = openSync(path, 'r')
  const attributes = readAttributes(fd).map(([name, value]) => `${name}=${value.toString('hex')}`)
  closeSync(fd)
  return { uid, gid, mode, size, mtimeNs, atimeNs, attributes, content: readFileSync(path).toString('base64') }
}

export function targetOf(pid: number): ProcessTarget {
  return { pid, entityId: readProcess(pid, bootId)?.entityId ?? '', executable: null, sha256: null }
}

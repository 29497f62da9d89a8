/** Containers by real cgroups, made and removed by the test: no container engine is needed for the kernel's side of it. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { marker, type Observation, observe, run, skip } from './observe.ts'

/** Where a hierarchy is mounted: that of a version 1 controller, or the unified one. */
function cgroupMount(controller: string): string | undefined {
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, at, kind, options = ''] = line.split(' ')
    if (controller === '' ? kind === 'cgroup2' : kind === 'cgroup' && options.split(',').includes(controller)) return at
  }
  return undefined
}

describe('cgroups', { skip }, () => {
  let host: Observation
  before(async () => {
    host = await observe()
  })
  after(() => host.stop())

  for (const [version, controller] of [
    ['v1', 'memory'],
    ['v2', ''],
  ] as const)
    test(`a process in a cgroup (${version}) named like a container's belongs to that container`, async (t) => {
      const root = cgroupMount(controller)
      if (root === undefined) {
        t.skip(`no cgroup ${version} is mounted here`)
        return
      }
      const id = (version === 'v1' ? 'ab' : 'cd').repeat(32)
      const group = path.join(root, `rampart-test-${process.pid}`, 'docker', id)
      mkdirSync(group, { recursive: true })
      try {
        const mark = marker()
        await run('/bin/sh', '-c', `echo $$ > ${group}/cgroup.procs && /bin/echo ${mark}`)
        const event = await host.expect('process.started', (e) => e.process.arguments?.[1] === mark)
        assert.equal(event.container?.id, id)
        assert.equal(event.container?.runtime, 'docker')
      } finally {
        for (let at = group; at !== root; at = path.dirname(at)) rmdirSync(at)
      }
    })
})

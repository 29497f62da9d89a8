import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createMetrics } from '../metrics.ts'
import { Stream } from './stream.ts'

test('a browser that does not read is cut off; the others go on', async () => {
  const metrics = createMetrics()
  const stream = new Stream(metrics, 'run')
  const server = createServer(
    (_request, response) => void stream.add({ response, user: 'lin', scope: null, isSignedIn: () => true }, undefined),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const slow = connect(port, '127.0.0.1')
  slow.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  slow.pause()
  slow.on('error', () => {})
  const quick = await fetch(`http://127.0.0.1:${port}/`)
  const reader = quick.body?.getReader()
  let read = 0
  const reading = (async () => {
    for (;;) {
      const part = await reader?.read()
      if (!part || part.done) return
      read += part.value.length
    }
  })()
  while (stream.clients < 2) await wait(5)
  const id = 'x'.repeat(100_000)
  let sent = 0
  for (let turn = 0; turn < 500 && stream.clients === 2; turn++) {
    stream.publish('asset.changed', { id }, 'everybody')
    sent += id.length
    await wait(1)
  }
  assert.equal(stream.clients, 1)
  assert.match(await metrics.registry.metrics(), /rampart_stream_clients_dropped_total 1/)
  while (read < sent) await wait(5)
  stream.close()
  await reading
  slow.destroy()
  server.close()
})

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { marker, type Observation, observe, pause, run, runScript, skip } from './observe.ts'

describe('network', { skip }, () => {
  let host: Observation

  before(async () => {
    host = await observe()
  })
  after(() => host.stop())

  for (const [family, address] of [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const)
    test(`TCP over ${family}: listening, connected and accepted`, async () => {
      const ran = await runScript(`
        import net from 'node:net'
        const server = net.createServer((socket) => { socket.end(); server.close() })
        server.listen(0, '${address}', () => {
          console.log(server.address().port)
          net.connect(server.address().port, '${address}').resume()
        })`)
      const port = Number(ran.output.trim())
      const listening = await host.expect(
        'network.listening',
        (e) => e.destination.port === port && e.process?.pid === ran.pid,
      )
      assert.deepEqual(listening.destination, { address, port })
      assert.equal(listening.transport, 'tcp')
      const connected = await host.expect(
        'network.connected',
        (e) => e.destination.port === port && e.process?.pid === ran.pid,
      )
      assert.equal(connected.destination.address, address)
      assert.equal(connected.transport, 'tcp')
      const accepted = await host.expect(
        'network.accepted',
        (e) => e.destination.port === port && e.process?.pid === ran.pid,
      )
      assert.equal(accepted.destination.address, address)
      assert.equal(accepted.source.address, address)
      assert.ok((accepted.source.port ?? 0) > 0)
    })

  test('a connection that is refused was opened all the same', async () => {
    const ran = await runScript(`
      import net from 'node:net'
      net.connect(1, '127.0.0.2').on('error', () => {})`)
    await host.expect('network.connected', (e) => e.destination.address === '127.0.0.2' && e.process?.pid === ran.pid)
  })

  test('an IPv4 address in an IPv6 socket is given as IPv4', async () => {
    const ran = await runScript(`
      import net from 'node:net'
      net.connect(1, '::ffff:127.0.0.3').on('error', () => {})`)
    await host.expect('network.connected', (e) => e.destination.address === '127.0.0.3' && e.process?.pid === ran.pid)
  })

  test('a connected UDP socket', async () => {
    const ran = await runScript(`
      import dgram from 'node:dgram'
      const socket = dgram.createSocket('udp4')
      socket.connect(9999, '127.0.0.1', () => socket.close())`)
    const event = await host.expect('network.connected', (e) => e.transport === 'udp' && e.process?.pid === ran.pid)
    assert.deepEqual(event.destination, { address: '127.0.0.1', port: 9999 })
    assert.ok((event.source.port ?? 0) > 0)
  })

  test('datagrams without a connection are reported once for each end point', async () => {
    const ran = await runScript(`
      import dgram from 'node:dgram'
      const socket = dgram.createSocket('udp6')
      let left = 10
      const next = () => left-- > 0 ? socket.send('x', 9998, '::1', next) : socket.close()
      next()`)
    const event = await host.expect('network.connected', (e) => e.transport === 'udp' && e.process?.pid === ran.pid)
    assert.deepEqual(event.destination, { address: '::1', port: 9998 })
    await host.expect('process.ended', (e) => e.process.pid === ran.pid)
    assert.equal(host.seen('network.connected', (e) => e.process?.pid === ran.pid).length, 1)
  })

  test('a DNS question and its answer, in a network namespace with a server of its own', async () => {
    const name = `${marker()}.example.com`
    const script = `
      import dgram from 'node:dgram'
      import { Resolver } from 'node:dns'
      const server = dgram.createSocket('udp4')
      server.on('message', (question, peer) => {
        const record = (type, data) => {
          const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length])
          return Buffer.concat([head, Buffer.from(data)])
        }
        const end = question.indexOf(0, 12) + 5
        const answer = Buffer.concat([
          question.subarray(0, end),
          record(5, [3, 99, 100, 110, 0xc0, 12]),
          record(1, [192, 0, 2, 7]),
        ])
        answer[2] |= 0x80
        answer.writeUInt16BE(2, 6)
        answer.writeUInt16BE(0, 10)
        // An answer to nothing is no event; the real one follows.
        const other = Buffer.from(answer)
        other[0] ^= 0xff
        server.send(other, peer.port, peer.address)
        server.send(answer, peer.port, peer.address, () => server.close())
      })
      server.bind(53, '127.0.0.1', () => {
        const resolver = new Resolver({ timeout: 1000, tries: 1 })
        resolver.setServers(['127.0.0.1'])
        resolver.resolve('${name.toUpperCase()}', 'A', () => {})
      })`
    const ran = await run(
      'unshare',
      '-n',
      '/bin/sh',
      '-c',
      'ip link set lo up && exec "$0" --input-type=module -e "$1"',
      process.execPath,
      script,
    )
    assert.equal(ran.output, '')
    const event = await host.expect('dns.asked', (e) => e.question.name === name)
    assert.equal(event.question.type, 'A')
    assert.equal(event.answers, undefined)
    assert.deepEqual(event.destination, { address: '127.0.0.1', port: 53 })
    assert.equal(event.process?.pid, ran.pid)
    const answer = await host.expect('dns.asked', (e) => e.question.name === name && e.responseCode !== undefined)
    assert.equal(answer.responseCode, 'NOERROR')
    assert.deepEqual(answer.answers, [`cdn.${name}`, '192.0.2.7'])
    assert.equal(answer.process?.pid, ran.pid, 'the process that asked, not the one that ran when the answer came')
    await pause(50)
    assert.equal(host.seen('dns.asked', (e) => e.question.name === name).length, 2)
  })

  test('local sockets are not network', async () => {
    const ran = await runScript(`
      import net from 'node:net'
      const server = net.createServer((socket) => { socket.end(); server.close() })
      server.listen('\\0rampart-' + process.pid, () => net.connect('\\0rampart-' + process.pid).resume())`)
    await host.expect('process.ended', (e) => e.process.pid === ran.pid)
    assert.deepEqual(
      host.events.filter((e) => e.type.startsWith('network.') && e.process?.pid === ran.pid),
      [],
    )
  })
})

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

  test('DNS over TCP: after an answer that was cut, and in a conversation of our own in pieces', async () => {
    const cut = `${marker()}.example.com`
    const own = `${marker()}.example.com`
    const script = `
      import dgram from 'node:dgram'
      import net from 'node:net'
      import { Resolver } from 'node:dns'
      const answer = (question) => {
        const end = question.indexOf(0, 12) + 5
        const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 8])
        const whole = Buffer.concat([question.subarray(0, end), record])
        whole[2] |= 0x80
        whole.writeUInt16BE(1, 6)
        whole.writeUInt16BE(0, 10)
        return whole
      }
      const framed = (message) => Buffer.concat([Buffer.from([0, message.length]), message])
      const server = net.createServer((socket) => {
        let held = Buffer.alloc(0)
        socket.on('data', (data) => {
          held = Buffer.concat([held, data])
          while (held.length > 2 && held.length >= 2 + held.readUInt16BE(0)) {
            const end = 2 + held.readUInt16BE(0)
            socket.write(framed(answer(held.subarray(2, end))))
            held = held.subarray(end)
          }
        })
      })
      const datagrams = dgram.createSocket('udp4')
      datagrams.on('message', (question, peer) => {
        const short = Buffer.from(question.subarray(0, question.indexOf(0, 12) + 5))
        short[2] |= 0x82
        short.writeUInt16BE(0, 10)
        datagrams.send(short, peer.port, peer.address)
      })
      const question = (name) => Buffer.concat([
        Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
        ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
        Buffer.from([0, 0, 1, 0, 1]),
      ])
      server.listen(53, '127.0.0.1', () => datagrams.bind(53, '127.0.0.1', () => {
        const resolver = new Resolver({ timeout: 1000, tries: 1 })
        resolver.setServers(['127.0.0.1'])
        resolver.resolve('${cut}', 'A', (error, found) => {
          console.log(error?.code, found)
          const socket = net.connect(53, '127.0.0.1', () => {
            const bytes = framed(question('${own}'))
            socket.setNoDelay(true)
            socket.write(bytes.subarray(0, 2), () => setTimeout(() => socket.write(bytes.subarray(2)), 50))
          })
          socket.on('data', () => process.exit())
        })
      }))`
    const ran = await run(
      'unshare',
      '-n',
      '/bin/sh',
      '-c',
      'ip link set lo up && exec "$0" --input-type=module -e "$1"',
      process.execPath,
      script,
    )
    assert.match(ran.output, /192\.0\.2\.8/)
    for (const name of [cut, own]) {
      const asked = await host.expect('dns.asked', (e) => e.question.name === name && e.responseCode === undefined)
      assert.deepEqual(asked.destination, { address: '127.0.0.1', port: 53 })
      const answered = await host.expect('dns.asked', (e) => e.question.name === name && e.answers !== undefined)
      assert.deepEqual(answered.answers, ['192.0.2.8'])
      assert.equal(answered.process?.pid, ran.pid)
    }
    assert.equal(host.sensors.find(({ name }) => name === 'ebpf.dns')?.health().eventsLost, 0)
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

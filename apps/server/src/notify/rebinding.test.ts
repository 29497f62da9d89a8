/**
 * A name whose answers change between two look-ups (DNS rebinding), with a real resolver and a DNS server of its own. As root, in
 * network and mount namespaces of its own: the public address of the test exists only there.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { post } from './deliver/http.ts'
import { sendMail } from './deliver/smtp.ts'
import { sendSyslog } from './deliver/syslog.ts'
import type { Note } from './note.ts'

const inside = process.env.RAMPART_REBINDING === '1'
const root = process.getuid?.() === 0
const [publicAddress, privateAddress] = ['1.2.3.4', '127.0.0.1']
const name = 'hooks.example.com'

if (!inside)
  test('a name that leads elsewhere at the second look-up', { skip: root ? false : 'needs root' }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'rampart-rebinding-'))
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
    const script = `mount --make-rprivate / && mount --bind "$0/resolv.conf" /etc/resolv.conf &&
      ip link set lo up && ip address add ${publicAddress}/32 dev lo && exec "$@"`
    const self = fileURLToPath(import.meta.url)
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env
    const run = spawnSync('unshare', ['-m', '-n', 'sh', '-c', script, folder, process.execPath, '--test', self], {
      env: { ...environment, RAMPART_REBINDING: '1' },
      encoding: 'utf8',
    })
    rmSync(folder, { recursive: true })
    assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`)
    assert.match(run.stdout, /pass 4/)
  })
else {
  /** What the DNS server says to each question for an IPv4 address, one after the other; the last one stays. */
  let answers: string[][] = []
  let asked = 0
  const dns = createSocket('udp4').on('message', (question, from) => {
    const isA = question.subarray(-4, -2).equals(Buffer.from([0, 1])) || question.includes(Buffer.from([0, 1, 0, 1]))
    const end = question.indexOf(0, 12) + 5
    const addresses = isA && question[end - 3] === 1 ? (answers[Math.min(asked++, answers.length - 1)] ?? []) : []
    const header = Buffer.from(question.subarray(0, 12))
    header.writeUInt16BE(0x8180, 2)
    header.writeUInt16BE(addresses.length, 6)
    header.writeUInt32BE(0, 8)
    const records = addresses.map((address) =>
      Buffer.concat([
        Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]),
        Buffer.from(address.split('.').map(Number)),
      ]),
    )
    dns.send(Buffer.concat([header, question.subarray(12, end), ...records]), from.port, from.address)
  })
  dns.unref()
  const answer = (...next: string[][]) => {
    answers = next
    asked = 0
  }
  /** Where connections came in, at the same port of both addresses. */
  let reached: string[] = []
  const web = (request: IncomingMessage, response: import('node:http').ServerResponse) => {
    reached.push(request.socket.localAddress ?? '')
    request.resume().on('end', () => response.end('{}'))
  }
  const listen = (
    server: { listen: (port: number, host: string, done: () => void) => unknown },
    port: number,
    host: string,
  ) => new Promise<void>((resolve) => server.listen(port, host, () => resolve()))
  const ready = (async () => {
    await new Promise<void>((resolve) => dns.bind(53, privateAddress, resolve))
    for (const host of [publicAddress, privateAddress]) {
      await listen(createServer(web).unref(), 8080, host)
      await listen(
        createTcpServer((socket) => {
          reached.push(socket.localAddress ?? '')
          socket.on('error', () => {}).end('554 no\r\n')
        }).unref(),
        2525,
        host,
      )
    }
  })()
  const url = `http://${name}:8080/`
  const note: Note = { id: 'n', kind: 'test', at: 0, alerts: [], total: 0, consoleUrl: 'https://rampart.example.com/' }
  const begin = async (...next: string[][]) => {
    await ready
    reached = []
    answer(...next)
  }

  test('the namespace has the public address, and the DNS server is the one of the test', async () => {
    await begin([publicAddress])
    assert.deepEqual(await lookup(name, { all: true }), [{ address: publicAddress, family: 4 }])
  })

  test('a webhook goes to the address that was checked, whatever the name leads to since', async () => {
    await begin([publicAddress], [privateAddress])
    await post({ url, body: '{}', allowPrivate: false })
    assert.deepEqual([reached, asked], [[publicAddress], 1], 'one look-up, one connection')
    await assert.rejects(post({ url, body: '{}', allowPrivate: false }), { code: 'notify.private-address' })
    assert.deepEqual(reached, [publicAddress])
  })

  test('one private address among the answers is enough to refuse the name', async () => {
    for (const mixed of [
      [publicAddress, privateAddress],
      [privateAddress, publicAddress],
    ]) {
      await begin(mixed)
      await assert.rejects(post({ url, body: '{}', allowPrivate: false }), { code: 'notify.private-address' })
      assert.deepEqual(reached, [])
    }
  })

  test('mail and syslog go to the address that was checked too', async () => {
    await begin([publicAddress], [privateAddress])
    const stream = { host: name, port: 2525, transport: 'tcp' as const, authority: '', allowPrivate: false }
    await sendSyslog(stream, ['<13>1 - - - - - - x'])
    assert.deepEqual(reached, [publicAddress])
    await begin([publicAddress], [privateAddress])
    const mail = { from: 'a@example.com', to: ['b@example.com'], username: '', password: undefined, authority: '' }
    const refused = sendMail({ ...mail, host: name, port: 2525, security: 'none', allowPrivate: false, note })
    await assert.rejects(refused, { code: 'notify.mail-refused' })
    assert.deepEqual(reached, [publicAddress])
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressText } from './decode.ts'
import { parseDnsAnswer, parseDnsQuestion } from './dns.ts'

function question(labels: (string | Buffer)[], type: number, flags = 0x0100): Buffer {
  const head = Buffer.from([0x12, 0x34, flags >> 8, flags & 0xff, 0, 1, 0, 0, 0, 0, 0, 0])
  const names = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)])
  return Buffer.concat([head, ...names, Buffer.from([0, type >> 8, type & 0xff, 0, 1])])
}

test('name and type of a question', () => {
  assert.deepEqual(parseDnsQuestion(question(['WWW', 'Example', 'com'], 28)), {
    name: 'www.example.com',
    type: 'AAAA',
    response: false,
  })
  assert.equal(parseDnsQuestion(question(['x'], 999))?.type, 'TYPE999')
  assert.equal(parseDnsQuestion(question(['x'], 1, 0x8180))?.response, true)
  assert.equal(parseDnsQuestion(question([], 2))?.name, '')
})

test('bytes that are no letters are written as numbers', () => {
  assert.equal(parseDnsQuestion(question([Buffer.from([0, 46, 92, 255]), 'com'], 1))?.name, '\\000\\046\\092\\255.com')
})

test('cut, pointing and overlong messages have no question', () => {
  const whole = question(['www', 'example', 'com'], 1)
  for (let length = 0; length < whole.length - 2; length++)
    assert.equal(parseDnsQuestion(whole.subarray(0, length)), undefined, `${length} bytes`)
  const pointer = Buffer.from(whole)
  pointer[12] = 0xc0
  assert.equal(parseDnsQuestion(pointer), undefined)
  assert.equal(
    parseDnsQuestion(
      question(
        Array.from({ length: 20 }, () => 'x'.repeat(60)),
        1,
      ),
    ),
    undefined,
  )
})

test('addresses in canonical form', () => {
  const six = (text: string) => addressText(Buffer.from(text.replaceAll(':', ''), 'hex'), 0, 10)
  assert.equal(addressText(Buffer.from([192, 0, 2, 1]), 0, 2), '192.0.2.1')
  assert.equal(six('20010db8000000000000000000000001'), '2001:db8::1')
  assert.equal(six('20010db8000000010000000000000001'), '2001:db8:0:1::1')
  assert.equal(six('20010db8000100020003000400050006'), '2001:db8:1:2:3:4:5:6')
  assert.equal(six('20010db8000000020003000400050006'), '2001:db8:0:2:3:4:5:6')
  assert.equal(six('00000000000000000000000000000000'), '::')
  assert.equal(six('00000000000000000000000000000001'), '::1')
  assert.equal(six('00000000000000000000ffffc0000201'), '192.0.2.1')
})

const record = (owner: number[], type: number, data: number[]) =>
  Buffer.from([...owner, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data])
function answered(count: number, flags: number, ...records: Buffer[]): Buffer {
  const message = Buffer.concat([question(['www', 'example', 'com'], 1, flags), ...records])
  message.writeUInt16BE(count, 6)
  return message
}
const pointer = [0xc0, 12]

test('answers: addresses, names behind pointers, texts, and what has no text', () => {
  const message = answered(
    6,
    0x8180,
    record(pointer, 5, [3, 67, 68, 78, 0xc0, 16]),
    record(pointer, 1, [192, 0, 2, 1]),
    record(pointer, 28, [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1]),
    record(pointer, 15, [0, 10, 4, 109, 97, 105, 108, 0xc0, 16]),
    record(pointer, 16, [2, 104, 105, 1, 10]),
    record(pointer, 65, [1, 2, 3]),
  )
  assert.deepEqual(parseDnsAnswer(message), {
    responseCode: 'NOERROR',
    answers: ['cdn.example.com', '192.0.2.1', '2001:db8::1', 'mail.example.com', 'hi\\010', 'HTTPS (3 bytes)'],
  })
  assert.deepEqual(parseDnsAnswer(answered(0, 0x8183)), { responseCode: 'NXDOMAIN', answers: [] })
  assert.equal(parseDnsAnswer(question(['x'], 1)), undefined)
})

test('pointers that lead in circles, forward or out of the message end the answers, not the sensor', () => {
  const message = answered(2, 0x8180, record(pointer, 1, [192, 0, 2, 1]), record([0xc0, 0xff], 1, [192, 0, 2, 2]))
  assert.deepEqual(parseDnsAnswer(message)?.answers, ['192.0.2.1'])
  const own = message.length
  const circle = Buffer.concat([message, record([0xc0, own], 1, [192, 0, 2, 3])])
  circle.writeUInt16BE(3, 6)
  assert.deepEqual(parseDnsAnswer(circle)?.answers, ['192.0.2.1'])
})

test('whatever the bytes are, an answer has at most 64 texts of at most 512 characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const message = Buffer.concat([answered(500, 0x8180), bytes])
      const found = parseDnsAnswer(message)
      assert.ok(found && found.answers.length <= 64 && found.answers.every((text) => text.length <= 512))
      parseDnsAnswer(Buffer.from(bytes))
    }),
    { numRuns: 500 },
  )
})

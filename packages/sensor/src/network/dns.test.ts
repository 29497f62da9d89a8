import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressText } from './decode.ts'
import { parseDnsQuestion } from './dns.ts'

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

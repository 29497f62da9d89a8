import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparePackageVersions } from './package-version.ts'

test('versions are ordered as dpkg and rpm order them', () => {
  const ordered = [
    ...['1.0~beta1~svn1245', '1.0~beta1', '1.0', '1.0-1', '1.0-1+deb12u1', '1.0-1+deb12u2', '1.0-1.1', '1.0-2'],
    ...['1.0a', '1.0+dfsg', '1.1', '1.9', '1.10', '2024.2', '1:0.4', '1:0.4-1.el9', '1:0.4-1.el9_4', '2:1'],
  ]
  for (const [at, one] of ordered.entries())
    for (const [other, text] of ordered.entries())
      assert.equal(Math.sign(comparePackageVersions(one, text)), Math.sign(at - other), `${one} and ${text}`)
  assert.equal(comparePackageVersions('1.0', '0:1.0'), 0)
  assert.equal(comparePackageVersions('1.002', '1.2'), 0)
})

test('any text has its order, and it is the same both ways round', () => {
  const parts = ['', '1', '0', '~', 'a', '-', '+', '.', ':', '00', 'é', '\u0000']
  const texts = parts.flatMap((one) => parts.flatMap((two) => parts.map((three) => `${one}${two}${three}`)))
  for (const [at, one] of texts.entries()) {
    const other = texts[(at * 7 + 3) % texts.length] ?? ''
    assert.equal(
      Math.sign(comparePackageVersions(one, other)) + Math.sign(comparePackageVersions(other, one)),
      0,
      `${one} and ${other}`,
    )
  }
})

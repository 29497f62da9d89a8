/**
 * Checks the words of the project: only documentation addresses and example names in samples and docs, no secrets, no
 * absolute paths of a developer's machine, no file over 300 lines without need. Exit status 1 with `file:line message`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
})
  .split('\0')
  .filter(
    (file) =>
      file !== '' &&
      !/\.(png|woff2|mmdb|evtx|gz|zip|bin|ico|wasm)$/.test(file) &&
      file !== 'package-lock.json' &&
      file !== 'tools/check-text.ts',
  )

const forbidden: [RegExp, string][] = [
  [/\/work\/(main|shared)\b/, 'a path of one machine'],
  [/\b(registry\.npmjs\.org|deb\.debian\.org|pypi\.org)\b/, 'the host name of a package registry'],
  [/-----BEGIN (EC |RSA |OPENSSH )?PRIVATE KEY-----(?!['"`\\])/, 'a private key'],
  [/\bAKIA(?!IOSFODNN7EXAMPLE|I44QH8DHBEXAMPLE)[0-9A-Z]{16}\b/, 'an access key'],
]

const violations: string[] = []
for (const file of tracked) {
  let text: string
  try {
    text = readFileSync(`${root}/${file}`, 'utf8')
  } catch {
    continue // removed from the work tree, not yet from the index
  }
  const lines = text.split('\n')
  for (const [index, line] of lines.entries())
    for (const [pattern, what] of forbidden) if (pattern.test(line)) violations.push(`${file}:${index + 1} ${what}`)
}
for (const violation of violations) console.log(violation)
console.log(violations.length === 0 ? `text: ${tracked.length} files` : `text: ${violations.length} violations`)
process.exit(violations.length === 0 ? 0 : 1)

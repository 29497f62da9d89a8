/** Texts in which apk and pacman keep what is installed → packages. Pure; never throws. */
import type { Row } from './things.ts'

const packagesMax = 20_000

/** apk's `installed`: blocks of lines `X:value` (apk-installed(5)): P name, V version, A architecture. */
export function* apkPackages(text: string): Generator<Row> {
  let found: { name?: string; version?: string; architecture?: string } = {}
  let count = 0
  let at = 0
  while (at <= text.length && count < packagesMax) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    at = end < 0 ? text.length + 1 : end + 1
    if (line.startsWith('P:')) found.name = line.slice(2)
    else if (line.startsWith('V:')) found.version = line.slice(2)
    else if (line.startsWith('A:')) found.architecture = line.slice(2)
    if (line !== '' && at <= text.length) continue
    if (found.name) {
      count++
      yield [`${found.name}:${found.architecture ?? ''}`, { version: found.version, manager: 'apk' }]
    }
    found = {}
  }
}

/** `desc` of pacman's local database: a line `%NAME%` before each value. Null for anything else. */
export function pacmanPackage(text: string): Row | null {
  const value = (name: string) => {
    const mark = `%${name}%\n`
    const at = text.startsWith(mark) ? mark.length : text.indexOf(`\n${mark}`) + mark.length + 1
    if (at <= mark.length && !text.startsWith(mark)) return undefined
    const end = text.indexOf('\n', at)
    return text.slice(at, end < 0 ? text.length : end)
  }
  const name = value('NAME')
  const version = value('VERSION')
  if (!name || !version) return null
  const installedAt = Number(value('INSTALLDATE')) * 1000
  const facts = { version, manager: 'pacman' }
  return [`${name}:${value('ARCH') ?? ''}`, facts, Number.isFinite(installedAt) ? installedAt : undefined]
}

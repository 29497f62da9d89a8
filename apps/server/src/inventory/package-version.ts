/** Order of package versions, as dpkg and rpm have it. */

/**
 * Below zero when `one` is older. Epoch, then upstream version, then revision; `~` sorts before everything, even the end
 * (deb-version(7); rpm's vercmp agrees on `~`, and on digits and letters as far as versions of one package go). Linear time.
 */
export function comparePackageVersions(one: string, other: string): number {
  const [a, b] = [split(one), split(other)]
  return a.epoch - b.epoch || compareText(a.version, b.version) || compareText(a.revision, b.revision)
}

function split(text: string): { epoch: number; version: string; revision: string } {
  const colon = text.indexOf(':')
  const epoch = colon > 0 && /^\d{1,9}$/.test(text.slice(0, colon)) ? Number(text.slice(0, colon)) : 0
  const rest = colon > 0 ? text.slice(colon + 1) : text
  const dash = rest.lastIndexOf('-')
  return { epoch, version: dash < 0 ? rest : rest.slice(0, dash), revision: dash < 0 ? '' : rest.slice(dash + 1) }
}

const isDigit = (code: number) => code >= 48 && code <= 57
const isLetter = (code: number) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
/** `~` before the end, the end before letters, letters before everything else. */
const weight = (code: number) =>
  Number.isNaN(code) || isDigit(code) ? 0 : code === 126 ? -1 : isLetter(code) ? code : code + 256

function compareText(one: string, other: string): number {
  let i = 0
  let j = 0
  while (i < one.length || j < other.length) {
    while ((i < one.length && !isDigit(one.charCodeAt(i))) || (j < other.length && !isDigit(other.charCodeAt(j)))) {
      const difference = weight(one.charCodeAt(i)) - weight(other.charCodeAt(j))
      if (difference !== 0) return difference
      i++
      j++
    }
    while (one[i] === '0') i++
    while (other[j] === '0') j++
    const [from, start] = [i, j]
    while (isDigit(one.charCodeAt(i))) i++
    while (isDigit(other.charCodeAt(j))) j++
    if (i - from !== j - start) return i - from - (j - start)
    const [left, right] = [one.slice(from, i), other.slice(start, j)]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

/** Files that the system's package manager installed, from its own records (dpkg); other package managers are not read. */

import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const records = '/var/lib/dpkg/info'

/** Places where packages put things; elsewhere nothing is looked up. */
const places = ['/usr/', '/bin/', '/sbin/', '/lib', '/etc/', '/opt/', '/boot/']

/** The package whose file this is, unchanged; undefined for a file of no package, or one whose content differs. */
export async function unchangedPackageFile(path: string, md5: () => Promise<string>): Promise<string | undefined> {
  if (!existsSync(records) || !places.some((place) => path.startsWith(place))) return undefined
  // Where /bin is a link to /usr/bin, records may name either.
  const names = new Set([path.slice(1), path.replace(/^\/usr\//, ''), `usr${path}`])
  const found: { package: string; md5: string }[] = []
  for (const file of readdirSync(records)) {
    if (!file.endsWith('.md5sums')) continue
    const lines = createInterface({ input: createReadStream(join(records, file)), crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      const [sum = '', name = ''] = line.split(/\s\s/, 2)
      if (names.has(name)) found.push({ package: file.slice(0, -'.md5sums'.length), md5: sum })
    }
  }
  if (found.length === 0) return undefined
  const own = await md5()
  return found.find((one) => one.md5 === own)?.package
}

/** MD5 as the records have it; only for comparing with them. */
export async function md5Of(fd: number): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream('', { fd, autoClose: false, start: 0 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

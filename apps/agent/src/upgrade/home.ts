/** Where a packaged agent lies: `<home>/versions/<version>/app/…`. A checkout has no home and is upgraded by other means. */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const inPackage = /^(.+)\/versions\/([0-9A-Za-z.+~-]+)\/app\/apps\/agent\/src\/upgrade\/home\.ts$/

export interface PackageHome {
  home: string
  /** Name of the version's folder. */
  version: string
}

/** Undefined when this code was not started from a package. */
export function packageHome(): PackageHome | undefined {
  const [, home, version] = inPackage.exec(realpathSync(fileURLToPath(import.meta.url))) ?? []
  return home === undefined || version === undefined ? undefined : { home, version }
}

/** Code that was parsed once is kept between runs, its types stripped: a command starts in a third of the time. */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Within what was installed: what lies there is run, and Node's default is a directory in /tmp that anybody can make first. */
const ownCache = fileURLToPath(new URL('../../../node_modules/.cache/rampart', import.meta.url))

/** For what is imported from now on. The launcher names the place to Node itself, so that not even the first file is stripped. */
export function keepParsedCode(): void {
  // an empty name would mean Node's default
  enableCompileCache(process.env.NODE_COMPILE_CACHE || ownCache)
}

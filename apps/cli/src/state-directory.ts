/** Where the state lies, and the checks that turn a bad place into a sentence that says what to do. */
import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Option } from 'commander'

const leastFreeBytes = 200 * 1024 * 1024

/** `/var/lib/rampart` for root, `~/.local/state/rampart` for others; `RAMPART_STATE` and `--state` say otherwise. */
export function defaultStateDirectory(): string {
  if (process.env.RAMPART_STATE) return resolve(process.env.RAMPART_STATE)
  if (process.getuid?.() === 0) return '/var/lib/rampart'
  return join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'rampart')
}

/** The option `--state`, for the whole state or one part of it. The help says the same to every user. */
export function stateOption(part?: 'server' | 'agent'): Option {
  const base = defaultStateDirectory()
  const places = ['/var/lib/rampart', '~/.local/state/rampart'].map((place) => (part ? `${place}/${part}` : place))
  return new Option('--state <dir>', 'state directory').default(
    part ? join(base, part) : base,
    `${places[0]} for root, else ${places[1]}`,
  )
}

export type Prepared = { ok: true; path: string } | { ok: false; code: string; message: string }

/** Makes the directory (mode 0700) when it is missing and checks that it is safe and can be used. Never throws. */
export function prepareStateDirectory(directory: string): Prepared {
  const path = resolve(directory)
  const user = process.getuid?.() === 0 ? 'root' : `user id ${process.getuid?.()}`
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 })
    if (!statSync(path).isDirectory())
      return {
        ok: false,
        code: 'state.not-a-directory',
        message: `${path} is a file, not a directory. Choose another place with --state DIR.`,
      }
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    const exposed = whoElseWrites(path)
    if (exposed) return exposed
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOSPC') return full(path, 0)
    if (code === 'EROFS')
      return {
        ok: false,
        code: 'state.read-only',
        message: `${path} is on a read-only file system. Choose another place with --state DIR.`,
      }
    const closed = code === 'EACCES' ? closedFolder(path) : undefined
    if (closed)
      return {
        ok: false,
        code: 'state.not-reachable',
        message: `The state directory ${path} cannot be reached by ${user}: ${closed} is closed to this user. Let it through with chmod o+x '${closed}', or choose another place with --state DIR.`,
      }
    return {
      ok: false,
      code: 'state.not-accessible',
      message: `The state directory ${path} cannot be read and written by ${user} (${code}). Give it to this user with chown, run as root, or choose another place with --state DIR.`,
    }
  }
  const disk = statfsSync(existsSync(path) ? path : dirname(path))
  const free = disk.bavail * disk.bsize
  return free < leastFreeBytes ? full(path, free) : { ok: true, path }
}

/** The topmost folder above `path` that this user may not enter, as `rampart up` of root leaves one. */
function closedFolder(path: string): string | undefined {
  const above = [dirname(path)]
  while (above[0] !== '/') above.unshift(dirname(above[0] ?? '/'))
  return above.find((folder) => {
    try {
      accessSync(folder, constants.X_OK)
      return false
    } catch (cause) {
      return (cause as NodeJS.ErrnoException).code === 'EACCES'
    }
  })
}

/** Whoever may write to the directory could put their own keys and models in the place of ours. */
function whoElseWrites(path: string): Prepared | undefined {
  const { uid, mode } = statSync(path)
  const own = process.getuid?.() ?? uid
  const refuse = (fault: string, remedy: string): Prepared => ({
    ok: false,
    code: 'state.not-private',
    message: `The state directory ${path} ${fault}. If you trust what is in it, run: ${remedy}. Or choose another place with --state DIR.`,
  })
  if (uid !== own && uid !== 0) return refuse(`belongs to another user (id ${uid})`, `chown ${own} '${path}'`)
  if ((mode & 0o022) !== 0) return refuse('can be written to by other users', `chmod go-w '${path}'`)
  return undefined
}

function full(path: string, freeBytes: number): Prepared {
  return {
    ok: false,
    code: 'state.disk-full',
    message: `Only ${Math.floor(freeBytes / 1048576)} MB are free on the disk of ${path}; Rampart needs ${leastFreeBytes / 1048576} MB to start. Free some space or choose another place with --state DIR.`,
  }
}

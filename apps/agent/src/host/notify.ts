/**
 * Tells systemd that the agent is ready and alive (sd_notify(3)): one datagram to the socket that NOTIFY_SOCKET names. Node has no
 * unix datagrams, so this goes through libc. Without the variable, or another libc, it does nothing.
 */

export interface Notifier {
  ready(): void
  /** Ends the signs of life. The agent that takes the place of this one, another version perhaps, has time until it is ready. */
  stop(): void
}

const silent: Notifier = { ready: () => {}, stop: () => {} }
const unixFamily = 1
const datagram = 2
const closeOnExec = 0o2000000
/** sun_path of unix(7). */
const pathBytes = 108

/** A new version compiles its code first. Longer than a trial lasts, which its supervisor ends by itself. */
const successorUs = 180_000_000

/** Signs of life go out from then on in half the time that systemd waits for them (WATCHDOG_USEC). */
export async function openNotifier(environment: NodeJS.ProcessEnv): Promise<Notifier> {
  const path = environment.NOTIFY_SOCKET ?? ''
  if (!/^[/@]/.test(path) || Buffer.byteLength(path) >= pathBytes) return silent
  try {
    const { default: koffi } = await import('koffi')
    const libc = koffi.load('libc.so.6')
    const socket = libc.func('int socket(int, int, int)')
    const sendTo = libc.func('int64_t sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)')
    const fd = socket(unixFamily, datagram | closeOnExec, 0)
    if (fd < 0) return silent
    const address = addressOf(path)
    const send = (text: string) => {
      const bytes = Buffer.from(text)
      sendTo(fd, bytes, bytes.length, 0, address, address.length)
    }
    const limitUs = Math.round(Number(environment.WATCHDOG_USEC)) || 0
    const alive = limitUs > 0 ? setInterval(() => send('WATCHDOG=1'), limitUs / 2_000) : undefined
    alive?.unref()
    return {
      ready: () => send(limitUs > 0 ? `READY=1\nWATCHDOG_USEC=${limitUs}\nWATCHDOG=1` : 'READY=1'),
      stop: () => {
        clearInterval(alive)
        if (limitUs > 0) send(`WATCHDOG_USEC=${Math.max(limitUs, successorUs)}`)
      },
    }
  } catch {
    return silent
  }
}

/** sockaddr_un; a leading @ is an abstract name, which begins with a zero byte and has none at its end. */
function addressOf(path: string): Buffer {
  const isAbstract = path.startsWith('@')
  const name = Buffer.from(isAbstract ? `\0${path.slice(1)}` : `${path}\0`)
  const family = Buffer.alloc(2)
  family.writeUInt16LE(unixFamily)
  return Buffer.concat([family, name])
}

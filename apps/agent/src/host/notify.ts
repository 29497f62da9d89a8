/**
 * Tells systemd that the agent is ready and alive (sd_notify(3)): one datagram to the socket that NOTIFY_SOCKET names. Node has no
 * unix datagrams, so this goes through libc. Without the variable, or another libc, it does nothing.
 */

export interface Notifier {
  ready(): void
  /** Ends the signs of life. */
  stop(): void
}

const silent: Notifier = { ready: () => {}, stop: () => {} }
const unixFamily = 1
const datagram = 2
const closeOnExec = 0o2000000
/** sun_path of unix(7). */
const pathBytes = 108

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
    const waitMs = Number(environment.WATCHDOG_USEC) / 2_000
    const alive = waitMs > 0 ? setInterval(() => send('WATCHDOG=1'), waitMs) : undefined
    alive?.unref()
    return { ready: () => send('READY=1'), stop: () => clearInterval(alive) }
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

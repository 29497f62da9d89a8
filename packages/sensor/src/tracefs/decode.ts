/** Lines of a trace pipe in, plain values out. Pure; the formats are those of the kernel's include/trace/events. */

export type TraceEvent =
  | { kind: 'exec'; timeNs: number; pid: number; path: string }
  | { kind: 'fork'; timeNs: number; parentTid: number; child: number }
  | { kind: 'exit'; timeNs: number; tid: number; last: boolean | undefined }
  | {
      kind: 'socket'
      timeNs: number
      /** Thread in whose context the state changed; a stranger for what comes in. */
      tid: number
      state: string
      before: string
      source: { address: string; port: number }
      destination: { address: string; port: number }
    }

/** Task names have at most 15 bytes, so that no name can hold a head of its own. */
const head =
  /-(\d{1,10}) {1,12}\[\d{3,5}\] \S{4,8} {1,12}(\d{1,12})\.(\d{6}): (sched_process_exec|sched_process_fork|sched_process_exit|inet_sock_set_state): /

/** Undefined for a line of another event, or a part of one: a file name may hold a line break. */
export function decodeTraceLine(line: string): TraceEvent | undefined {
  const found = head.exec(line)
  // Name and number of the task stand in front of it, in at most so many characters.
  if (!found || found.index > 32) return undefined
  const timeNs = Number(found[2]) * 1e9 + Number(found[3]) * 1e3
  const rest = line.slice(found.index + found[0].length)
  switch (found[4]) {
    case 'sched_process_exec': {
      const end = / pid=(\d+) old_pid=\d+$/.exec(rest)
      if (!end || !rest.startsWith('filename=')) return undefined
      return { kind: 'exec', timeNs, pid: Number(end[1]), path: rest.slice(9, end.index) }
    }
    case 'sched_process_fork': {
      const child = / child_pid=(\d+)$/.exec(rest)
      return child ? { kind: 'fork', timeNs, parentTid: Number(found[1]), child: Number(child[1]) } : undefined
    }
    case 'sched_process_exit': {
      const end = / pid=(\d+) prio=-?\d+(?: group_dead=(true|false))?$/.exec(rest)
      if (!end) return undefined
      return { kind: 'exit', timeNs, tid: Number(end[1]), last: end[2] === undefined ? undefined : end[2] === 'true' }
    }
    default:
      return socketState(rest, timeNs, Number(found[1]))
  }
}

function socketState(rest: string, timeNs: number, tid: number): TraceEvent | undefined {
  const values = new Map<string, string>()
  for (const part of rest.split(' ')) {
    const at = part.indexOf('=')
    if (at > 0) values.set(part.slice(0, at), part.slice(at + 1))
  }
  const six = values.get('family') === 'AF_INET6'
  if (!six && values.get('family') !== 'AF_INET') return undefined
  const mapped = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '')
  const end = (address: string, port: string) => ({
    address: mapped(values.get(six ? `${address}v6` : address) ?? ''),
    port: Number(values.get(port) ?? 0),
  })
  return {
    kind: 'socket',
    timeNs,
    tid,
    state: values.get('newstate') ?? '',
    before: values.get('oldstate') ?? '',
    source: end('saddr', 'sport'),
    destination: end('daddr', 'dport'),
  }
}

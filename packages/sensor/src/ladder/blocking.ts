/** What this host could refuse, found out by trying: loading the blocking programs, asking for permission events. */
import path from 'node:path'
import { refusal } from '../kernel/health.ts'
import { libbpf } from '../kernel/libbpf.ts'
import { isMissing, lastErrorName, libc } from '../kernel/libc.ts'
import { loadObject } from '../kernel/object.ts'
import type { SensorHealth } from '../sensor.ts'

export interface Blocking {
  /** True when LSM programs can be loaded, which block everything before it happens. */
  lsm: boolean
  whyNoLsm: string
  capabilities: SensorHealth['capabilities']
}

const permissionClass = 4 | 1 | 2

/** Loads and unloads; attaches nothing. */
export function tryBlocking(objectDirectory: string): Blocking {
  const bpf = libbpf()
  const loaded =
    'missing' in bpf ? undefined : loadObject(bpf, path.join(objectDirectory, 'block.bpf.o'), new Map(), 65_536)
  const refused = (program: string): string | undefined => {
    if (!loaded) return 'EOPNOTSUPP'
    return loaded.ok ? loaded.object.refused.get(program) : loaded.error
  }
  const lsm = refused('block_exec') ?? refused('block_open') ?? refused('block_unlink')
  const connect = refused('block_connect')
  if (loaded?.ok) loaded.object.close()
  const whyNoLsm =
    lsm === undefined
      ? ''
      : `${refusal(lsm)} Blocking by LSM needs Linux 5.7 or later with CONFIG_BPF_LSM and \`bpf\` in the boot parameter lsm=.`
  const permission = permissionEvents()
  const capabilities: SensorHealth['capabilities'] = {
    'block.process-start':
      lsm === undefined
        ? { works: true }
        : permission === undefined
          ? { works: true, reason: 'By fanotify permission events: each start waits for an answer.' }
          : { works: false, reason: `${whyNoLsm} ${permission}` },
    'block.file-change': lsm === undefined ? { works: true } : { works: false, reason: whyNoLsm },
    'block.connection': connect === undefined ? { works: true } : { works: false, reason: refusal(connect) },
  }
  return { lsm: lsm === undefined, whyNoLsm, capabilities }
}

/** Why there are no permission events; undefined when there are. */
function permissionEvents(): string | undefined {
  const system = libc()
  if (isMissing(system)) return system.missing
  const fd: number = system.fanotifyInit(permissionClass, 0)
  if (fd < 0) return `fanotify gives no permission events (${lastErrorName()}).`
  system.close(fd)
  return undefined
}

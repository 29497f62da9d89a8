/** The watch list in, a tree for the kernel and the same decision in TypeScript out. */
import { layout } from '../kernel/wire.ts'
import type { PathWatch } from '../sensor.ts'

/** What is watched unless the policy says otherwise: where changes mean persistence, privilege or a dropped program. */
export const defaultWatches: readonly PathWatch[] = [
  ...each('all', ['/etc', '/root'], { content: true }),
  ...each('none', ['/root/.npm', '/root/.cache/node']),
  ...each('executables', ['/root/.cache', '/home', '/opt', '/boot', '/tmp', '/var/tmp', '/dev/shm', '/run/user']),
  ...each('executables', ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/lib', '/usr/libexec']),
  ...each('executables', ['/lib', '/lib32', '/lib64', '/libx32']),
  // Commands that somebody's session, a timer or a key will run. Only their owner may read most of them.
  ...each('all', ['/etc/sudoers', '/etc/sudoers.d', '/var/spool/cron', '/var/spool/at'], { privateContent: true }),
  ...each('all', ['/root/.ssh/authorized_keys', '/root/.ssh/authorized_keys2'], { privateContent: true }),
  ...each('all', inHomes(['.ssh/authorized_keys', '.ssh/authorized_keys2', '.ssh/rc']), { privateContent: true }),
  ...each('all', inHomes(['.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.profile', '.pam_environment']), {
    privateContent: true,
  }),
  ...each('all', inHomes(['.zshrc', '.zprofile', '.zshenv', '.config/autostart', '.config/systemd']), {
    privateContent: true,
  }),
  ...each('all', inHomes(['.ssh', '.rhosts', '.forward', '.local/share/systemd'])),
  ...each(
    'all',
    ['/usr/lib/systemd', '/lib/systemd', '/run/systemd/system', '/usr/lib/udev/rules.d', '/lib/udev/rules.d'],
    {
      content: true,
    },
  ),
  ...each('all', ['/usr/local', '/usr/lib/security', '/usr/lib/*/security', '/usr/lib/modules', '/lib/modules']),
  ...each('all', ['/var/www', '/srv/www', '/usr/share/nginx', '/opt/lampp/htdocs', '/var/lib/*/webapps'], {
    privateContent: true,
  }),
  // Records of who was logged on, and switches of the kernel that start programs.
  ...each('all', ['/var/log/wtmp', '/var/log/btmp', '/var/log/lastlog', '/var/run/utmp', '/run/utmp']),
  ...each('all', ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe'], { content: true }),
  ...each('all', ['/proc/*/mem']),
]

function each(report: PathWatch['report'], paths: readonly string[], more: Partial<PathWatch> = {}): PathWatch[] {
  return paths.map((path) => ({ path, report, ...more }))
}

function inHomes(names: readonly string[]): string[] {
  return names.flatMap((name) => [`/root/${name}`, `/home/*/${name}`])
}

/** Bits of `watch_node.flags`. */
const executablesOnly = 1
const ignored = 2
const withContent = 4
/** Longest component in the tree; longer ones end the path of their watch one level higher. */
const nameLimit = layout.watch_step.size - layout.watch_step.name - 1
const depthLimit = 8

export interface WatchTree {
  /** Entries of the kernel's map, the steps from the root last: with them the tree takes effect, one directory after another. */
  entries(): { key: Uint8Array; value: Uint8Array }[]
  /** First number that is free. */
  nextNumber: number
  /** The watch that decides for a path; undefined when none does or the deepest says `none`. */
  match(path: string): PathWatch | undefined
  /** True when something below this path is watched and the path itself is not: whoever moves it moves what is below. */
  leadsToWatched(path: string): boolean
  /** True when nothing directly in this directory can be watched. */
  isQuiet(directory: string): boolean
}

interface Node {
  number: number
  watch: PathWatch | undefined
  children: Map<string, Node>
}

/**
 * `firstNumber`: numbers of all nodes but the root begin there, so that a new tree can be laid beside the old one in the
 * kernel's map.
 */
export function watchTree(watches: readonly PathWatch[], firstNumber = 1): WatchTree {
  let count = firstNumber
  const make = (): Node => ({ number: count++, watch: undefined, children: new Map() })
  const root: Node = { number: 0, watch: undefined, children: new Map() }
  const place = (node: Node, parts: readonly string[], watch: PathWatch): void => {
    const [part, ...rest] = parts
    if (part === undefined) {
      node.watch = watch
      return
    }
    let child = node.children.get(part)
    if (!child) {
      child = make()
      node.children.set(part, child)
    }
    place(child, rest, watch)
  }
  // Wildcards first: what they say also holds below an exact name beside them, which then may say otherwise.
  const ordered = watches.map((watch) => ({ watch, parts: partsOf(watch.path) })).sort(byWildcards)
  for (const { watch, parts } of ordered) place(root, parts, watch)
  spreadWildcards(root, make)
  const nodes: { parent: Node; name: string; node: Node }[] = []
  const collect = (parent: Node) => {
    for (const [name, node] of parent.children) {
      collect(node)
      nodes.push({ parent, name, node })
    }
  }
  collect(root)
  nodes.sort((a, b) => Number(a.parent === root) - Number(b.parent === root))
  return {
    nextNumber: count,
    entries: () =>
      nodes.map(({ parent, name, node }) => ({
        key: stepBytes(parent.number, name),
        value: nodeBytes(node.number, node.watch),
      })),
    match(path) {
      let node: Node | undefined = root
      let decided: PathWatch | undefined
      for (const part of path.split('/')) {
        if (part === '') continue
        node = node.children.get(part) ?? node.children.get('*')
        if (!node) break
        decided = node.watch ?? decided
      }
      return decided?.report === 'none' ? undefined : decided
    },
    leadsToWatched(path) {
      let node: Node | undefined = root
      for (const part of path.split('/')) {
        if (part === '') continue
        node = node.children.get(part) ?? node.children.get('*')
        if (!node) return false
      }
      return node !== root && node.children.size > 0 && !node.watch
    },
    isQuiet(directory) {
      let node: Node | undefined = root
      let decided: PathWatch | undefined
      for (const part of directory.split('/')) {
        if (part === '') continue
        node = node.children.get(part) ?? node.children.get('*')
        if (!node) break
        decided = node.watch ?? decided
      }
      return (!node || node.children.size === 0) && (decided === undefined || decided.report === 'none')
    },
  }
}

/** Components that the kernel can compare; `name*` is widened to `*`. */
function partsOf(path: string): string[] {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '') continue
    if (Buffer.byteLength(part) > nameLimit || parts.length === depthLimit) break
    parts.push(part.includes('*') ? '*' : part)
  }
  return parts
}

function byWildcards(a: { parts: string[] }, b: { parts: string[] }): number {
  const wild = (parts: string[]) => parts.filter((part) => part === '*').length
  return wild(b.parts) - wild(a.parts) || a.parts.length - b.parts.length
}

/** The kernel tries the exact name and only then `*`, so everything below `*` is repeated below its siblings. */
function spreadWildcards(node: Node, make: () => Node): void {
  const any = node.children.get('*')
  for (const [name, child] of node.children) if (any && name !== '*') merge(any, child, make)
  for (const child of node.children.values()) spreadWildcards(child, make)
}

function merge(from: Node, into: Node, make: () => Node): void {
  into.watch ??= from.watch
  for (const [name, child] of from.children) {
    let target = into.children.get(name)
    if (!target) {
      target = make()
      into.children.set(name, target)
    }
    merge(child, target, make)
  }
}

function stepBytes(parent: number, name: string): Uint8Array {
  const bytes = Buffer.alloc(layout.watch_step.size)
  bytes.writeUInt32LE(parent, layout.watch_step.node)
  bytes.write(name, layout.watch_step.name, 'utf8')
  return bytes
}

function nodeBytes(number: number, watch: PathWatch | undefined): Uint8Array {
  const bytes = Buffer.alloc(layout.watch_node.size)
  bytes.writeUInt32LE(number, layout.watch_node.node)
  bytes.writeUInt16LE(watch ? 1 : 0, layout.watch_node.watch)
  const content = watch?.content || watch?.privateContent ? withContent : 0
  const flags = watch?.report === 'executables' ? executablesOnly : watch?.report === 'none' ? ignored : 0
  bytes.writeUInt16LE(flags | content, layout.watch_node.flags)
  return bytes
}

/** The PATH records of a system call → what happened to files. */
import type { File } from '@rampart/event'
import { clip, type EventDraft } from '../draft.ts'
import type { AuditGroup } from './join.ts'
import type { AuditRecord } from './record.ts'

type Base = Pick<EventDraft, 'at' | 'user' | 'process'>

/** `AT_FDCWD` as the kernel prints it: relative names are then relative to the current directory. */
const currentDirectory = /^(?:ffffff9c|ffffffffffffff9c|AT_FDCWD)$/i
const writeModes = 3

/** Resolves `.`, `..` and repeated slashes of an absolute path. */
function normal(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

interface Named {
  path: string
  record: AuditRecord
}

/** The absolute path of a PATH record, or undefined when it hangs on a directory handle that the log does not name. */
function resolve(record: AuditRecord, group: AuditGroup, call: AuditRecord, at: boolean): Named | undefined {
  const name = record.fields.get('name')
  if (name === undefined) return undefined
  if (name.startsWith('/')) return { path: normal(name), record }
  const cwd = group.records.find((one) => one.type === 'CWD')?.fields.get('cwd')
  if (cwd === undefined || (at && !currentDirectory.test(call.fields.get('a0') ?? ''))) return undefined
  return { path: normal(`${cwd}/${name}`), record }
}

function fileOf({ path, record }: Named): File {
  const file: File = { path: clip(path, 8192) }
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name !== '' && name.length <= 512) file.name = name
  const dot = name.lastIndexOf('.')
  if (dot > 0 && name.length - dot <= 64) file.extension = name.slice(dot + 1).toLowerCase()
  const [inode, mode, owner] = [record.fields.get('inode'), record.fields.get('mode'), record.fields.get('ouid')]
  if (inode !== undefined && /^\d{1,15}$/.test(inode)) file.inode = Number(inode)
  if (mode !== undefined && /^[0-7]{1,8}$/.test(mode)) file.mode = Number.parseInt(mode, 8)
  if (owner !== undefined && /^\d{1,10}$/.test(owner)) file.ownerId = Number(owner)
  return file
}

const hexNumber = (text: string | undefined) =>
  text !== undefined && /^[0-9a-f]{1,16}$/i.test(text) ? Number.parseInt(text, 16) : undefined

/** Events of a successful call that made, opened for writing, renamed, removed, linked or changed files. */
export function fileDrafts(name: string, call: AuditRecord, group: AuditGroup, base: Base): EventDraft[] {
  const at = /at2?$/.test(name) && name !== 'creat'
  const paths: Named[] = []
  for (const record of group.records) {
    const type = record.type === 'PATH' ? record.fields.get('nametype') : undefined
    if (type === undefined || type === 'PARENT') continue
    const named = resolve(record, group, call, at)
    if (named) paths.push(named)
  }
  const of = (type: string) => paths.find((path) => path.record.fields.get('nametype') === type)
  const [created, removed, normalPath] = [of('CREATE'), of('DELETE'), of('NORMAL')]

  if (/^rename(?:at2?)?$/.test(name))
    return created && removed
      ? [{ type: 'file.renamed', ...base, file: fileOf(created), previousPath: clip(removed.path, 8192) }]
      : []
  if (/^(?:unlink(?:at)?|rmdir)$/.test(name))
    return removed ? [{ type: 'file.removed', ...base, file: fileOf(removed) }] : []
  if (/^(?:sym)?link(?:at)?$/.test(name)) {
    // The record of symlink(2) does not hold what the link points to.
    const target = normalPath ? clip(normalPath.path, 8192) : ''
    return created
      ? [{ type: 'file.linked', ...base, file: fileOf(created), target, symbolic: name.startsWith('sym') }]
      : []
  }
  if (/^(?:open(?:at2?)?|creat|mknod(?:at)?)$/.test(name)) {
    if (created) return [{ type: 'file.written', ...base, file: fileOf(created), created: true }]
    const flags = hexNumber(call.fields.get(name === 'open' ? 'a1' : 'a2')) ?? 0
    const writes = name === 'creat' || ((name === 'open' || name === 'openat') && (flags & writeModes) !== 0)
    return writes && normalPath ? [{ type: 'file.written', ...base, file: fileOf(normalPath) }] : []
  }
  if (!normalPath) return []
  const file = fileOf(normalPath)
  if (name === 'truncate') return [{ type: 'file.written', ...base, file }]
  if (/^f?chmod(?:at2?)?$/.test(name)) {
    const mode = hexNumber(call.fields.get(at ? 'a2' : 'a1'))
    return [
      {
        type: 'file.mode-changed',
        ...base,
        file,
        change: 'mode',
        ...(mode === undefined ? {} : { mode: mode & 0o7777 }),
      },
    ]
  }
  if (/^[lf]?chown(?:at)?$/.test(name)) {
    const ownerId = hexNumber(call.fields.get(at ? 'a2' : 'a1'))
    const known = ownerId !== undefined && ownerId < 0xffffffff ? { ownerId } : {}
    return [{ type: 'file.mode-changed', ...base, file, change: 'owner', ...known }]
  }
  if (/^[lf]?(?:set|remove)xattr$/.test(name))
    return [{ type: 'file.mode-changed', ...base, file, change: 'attribute' }]
  if (/^(?:utimes?|futimesat|utimensat)$/.test(name))
    return [{ type: 'file.mode-changed', ...base, file, change: 'times' }]
  return []
}

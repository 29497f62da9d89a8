/** Files that are missing or damaged are written anew, as far as the log still has their events. */
import { join } from 'node:path'
import type { Engine } from './engine.ts'
import type { FileSet } from './file-set.ts'
import { HotEvents } from './hot-events.ts'
import { follow, isLogged, isSamePlace } from './log-follower.ts'
import { parseFileName, removeStoredFile, type StoredFile } from './stored-file.ts'
import { writeFile } from './write-file.ts'

interface Parts {
  engine: Engine
  files: FileSet
  log: string
  fileRows: number
}

export async function mendFiles(parts: Parts): Promise<void> {
  const { files } = parts
  for (let name = files.takeUnmended(); name !== null; name = files.takeUnmended()) {
    // A file stays as it is when there is no room for another one.
    const written = await rewrite(parts, name).catch(() => null)
    if (!written) continue
    files.setMended(name, written)
    const isReplaced = written.some((file) => file.path === join(files.directory, name))
    if (!isReplaced) await removeStoredFile(join(files.directory, name))
  }
}

/** One or more files, none when there were no events; null when part of the log is gone. */
async function rewrite({ engine, files, log, fileRows }: Parts, name: string): Promise<StoredFile[] | null> {
  const range = parseFileName(name)
  if (!range || !(await isLogged(log, range))) return null
  const written: StoredFile[] = []
  let table = await HotEvents.create(engine)
  let start = range.start
  const write = async (end: typeof start) => {
    const { table: full, rows } = table
    const place = { start, end, rows, firstBlock: files.reserveBlocks(rows) }
    written.push(await writeFile(engine, files.directory, full, place))
    start = end
  }
  try {
    for await (const { batch, after } of follow(log, range.start, range.end)) {
      if (batch) await table.add(batch.events)
      if (table.rows < fileRows || isSamePlace(after, range.end)) continue
      await write(after)
      await table.drop()
      table = await HotEvents.create(engine)
    }
    if (table.rows > 0) await write(range.end)
    return written
  } catch (error) {
    for (const { path } of written) await removeStoredFile(path)
    throw error
  } finally {
    await table.drop()
  }
}

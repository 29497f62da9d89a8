/** Sends an entry to the server as a zip with the password `infected`, named after its digest. The plain content never leaves this process. */
import { createHash } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { done, failed, refused } from '../outcome.ts'
import type { TaskOutcome, TaskParameters } from '../task.ts'
import type { ExecutionHost } from './host.ts'
import { infectedZip } from './infected-zip.ts'
import { DamagedError, entryKey, unseal } from './sealed-file.ts'
import { Vault } from './vault.ts'

export async function fetchQuarantined(
  { entry }: TaskParameters['fetch-quarantined'],
  host: ExecutionHost,
): Promise<TaskOutcome> {
  const vault = new Vault(host.directory)
  const known = vault.read(entry)
  if (known?.state !== 'quarantined')
    return refused('quarantine.gone', 'The vault of this host does not have this file any more.')
  const zip = infectedZip(`${known.sha256}.bin`, known.sizeBytes, known.crc32)
  const hash = createHash('sha256')
  let offset = 0
  const send = async (bytes: Buffer) => {
    hash.update(bytes)
    await host.sendData(offset, new Uint8Array(bytes))
    offset += bytes.length
    host.progress(Math.min(1, offset / (known.sizeBytes + zip.head.length + zip.tail.length)))
  }
  const container = openSync(vault.container(entry), 'r')
  try {
    await send(zip.head)
    await unseal(container, entryKey(vault.key, entry), (piece) => send(zip.piece(piece)))
    await send(zip.tail)
  } catch (error) {
    if (error instanceof DamagedError) return failed('vault.damaged', 'The container in the vault is damaged.')
    throw error
  } finally {
    closeSync(container)
  }
  return done('quarantine.fetched', 'The file is on the server, in a zip with the password "infected".', {
    entry,
    sizeBytes: offset,
    sha256: hash.digest('hex'),
  })
}

/** Started in a mount namespace of its own: the agent's real sensors, and a file that another process puts into a document root. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Event } from '@rampart/event'
import { startSensors } from '../src/sensing/sensors.ts'

const [, , stateDirectory = '', file = ''] = process.argv
const watched = Promise.withResolvers<void>()
const written = Promise.withResolvers<Event>()
const { units, ledger } = await startSensors(
  {
    asset: { id: 'web-1', name: 'web-1', kind: 'host' },
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    emit: (event) => event.type === 'file.written' && event.file.path === file && written.resolve(event),
    report: () => {},
    stateDirectory,
    policy: { defaultLogs: false },
  },
  {},
  () => {},
)
const look = () => Object.keys(ledger?.inventory()['web-root'] ?? {}).length > 0 && watched.resolve()
ledger?.onLook(look)
look()
await watched.promise
const put = setInterval(() => spawnSync('/bin/sh', ['-c', `echo '<?php system($_GET[0]);' > ${file}`]), 500)
const event = await written.promise
clearInterval(put)
process.stdout.write(`${JSON.stringify(event)}\n`)
await units.stop()
process.exit(0)

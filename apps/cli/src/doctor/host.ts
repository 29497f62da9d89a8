/** The machine itself: runtime, memory, clock, kernel. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { freemem, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { whyNoKernelSensors } from '@rampart/sensor'
import { type Check, fine, megabytes, problem, skipped, warning } from './check.ts'

const leastMemory = 512 * 1024 * 1024
const consoleBuild = fileURLToPath(new URL('../../../console/dist/index.html', import.meta.url))
const sensorBuild = fileURLToPath(new URL('../../../../build/bpf', import.meta.url))

export function checkHost(): Check[] {
  return [runtime(), memory(), clock(), kernel(), ...builds()]
}

function runtime(): Check {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 24) return fine('host.runtime', 'Node.js', process.versions.node)
  return problem(
    'host.runtime',
    'Node.js',
    `version ${process.versions.node}`,
    'Run npm ci --ignore-scripts --include=optional in the folder of Rampart: it brings version 24.',
  )
}

function memory(): Check {
  const free = availableMemory()
  if (free >= leastMemory) return fine('host.memory', 'Memory', `${megabytes(free)} available`)
  return warning(
    'host.memory',
    'Memory',
    `only ${megabytes(free)} available`,
    'Server and agent need about 500 MB. Stop something else or give the machine more.',
  )
}

function availableMemory(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024
  } catch {
    return freemem()
  }
}

/** Names of programs that keep the clock right, cut to 15 characters as the kernel does. */
const keepers = [
  'chronyd',
  'ntpd',
  'systemd-timesyn',
  'ntpd-rs',
  'openntpd',
  'ptp4l',
  'phc2sys',
  'VBoxService',
  'vmtoolsd',
]

function clock(): Check {
  const now = new Date()
  if (now.getUTCFullYear() < 2026)
    return problem(
      'host.clock',
      'Clock',
      `it says ${now.toISOString()}`,
      'Set the clock: certificates are not valid yet at that time. Then install chrony.',
    )
  if (existsSync('/run/systemd/timesync/synchronized'))
    return fine('host.clock', 'Clock', 'kept right by systemd-timesyncd')
  const keeper = processNames().find((name) => keepers.includes(name))
  if (keeper !== undefined) return fine('host.clock', 'Clock', `kept right by ${keeper}`)
  // A paravirtual clock device without a daemon is common in small virtual machines.
  return warning(
    'host.clock',
    'Clock',
    'nothing here keeps the clock right',
    'Install chrony (apt-get install chrony), unless the host of this virtual machine sets its clock: times in alerts come from it.',
  )
}

function processNames(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()]
      } catch {
        return []
      }
    })
}

function kernel(): Check {
  const reason = whyNoKernelSensors()
  if (reason === undefined) return fine('host.kernel', 'Kernel sensors', `possible on ${release()}`)
  return warning(
    'host.kernel',
    'Kernel sensors',
    `not possible: ${reason}`,
    'The agent falls back to other sensors; its page in the console says which.',
  )
}

function builds(): Check[] {
  // An installed package has no sources to build from.
  if (!existsSync(fileURLToPath(new URL('../../../../Makefile', import.meta.url))))
    return [skipped('build', 'Build', 'an installed package')]
  const check = (id: string, title: string, path: string) =>
    existsSync(path)
      ? fine(id, title, 'built')
      : warning(id, title, 'not built yet', 'Run make build, or start with make up.')
  return [check('build.console', 'Console', consoleBuild), check('build.sensors', 'eBPF objects', sensorBuild)]
}

/** Facts about this host for the server. */
import { readFileSync } from 'node:fs'
import { hostname, networkInterfaces, release } from 'node:os'
import { packageHome } from '../upgrade/home.ts'

export function describeHost() {
  const addresses = Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address)
  return {
    name: hostname().slice(0, 256),
    addresses: addresses.slice(0, 256),
    operatingSystem: operatingSystem(),
    kernel: release().slice(0, 256),
    ...(packageHome() !== undefined && (process.arch === 'x64' || process.arch === 'arm64')
      ? { packageArchitecture: process.arch as 'x64' | 'arm64' }
      : {}),
  }
}

function operatingSystem(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]?.slice(0, 256) ?? 'Linux'
  } catch {
    return 'Linux'
  }
}

export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

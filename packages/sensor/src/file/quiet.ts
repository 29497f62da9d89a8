/**
 * Directories in which nothing is watched, as callers write them. Package managers do thousands of things in places that
 * nobody watches: those are recognised from a record's bytes, before anything is decoded or links are followed.
 */
import { lstatSync } from 'node:fs'
import { layout, recordFlag } from '../kernel/wire.ts'
import { fileOperations } from './decode.ts'

/** A directory may be replaced by a link: what was found out holds no longer than what the resolver keeps. */
const keepMs = 1000
const keptLimit = 4096
const slash = 47

export interface QuietPlaces {
  /** True when the place was said to be quiet lately. */
  has(place: string): boolean
  /** `directory`: where the place really is. */
  add(place: string, directory: string): void
  /** A link or another directory may now be where one of these places leads through: `name` is new. Then all is forgotten. */
  appeared(name: string): void
  clear(): void
}

export function quietPlaces(): QuietPlaces {
  const kept = new Map<string, number>()
  /** Every name on the way to a kept place, in Latin-1 like the places themselves. */
  const names = new Set<string>()
  return {
    has: (place) => performance.now() - (kept.get(place) ?? -Infinity) < keepMs,
    add(place, directory) {
      if (kept.size >= keptLimit) {
        kept.clear()
        names.clear()
      }
      kept.set(place, performance.now())
      for (const name of place.split(/[/\0]/)) names.add(name)
      for (const name of Buffer.from(directory).toString('latin1').split('/')) names.add(name)
    },
    appeared(name) {
      if (!names.has(name)) return
      kept.clear()
      names.clear()
    },
    clear() {
      kept.clear()
      names.clear()
    },
  }
}

const file = layout.file_record
const pair = layout.pair_record

/** The place that a record with one path names; undefined when the kernel resolved it, or not wholly, or the path ends with a slash. */
export function filePlace(bytes: Buffer, at: number): string | undefined {
  const flags = bytes.readUInt16LE(at + layout.record.flags)
  if ((flags & recordFlag.unresolved) === 0 || (flags & recordFlag.pathTruncated) !== 0) return undefined
  const length = bytes.readUInt16LE(at + file.path_length)
  return place(bytes, at, at + file.size, length, bytes.readUInt16LE(at + file.base_length))
}

/** Both places of a record with two paths. */
export function pairPlaces(bytes: Buffer, at: number): [from: string, to: string] | undefined {
  if ((bytes.readUInt16LE(at + layout.record.flags) & recordFlag.pathTruncated) !== 0) return undefined
  const fromLength = bytes.readUInt16LE(at + pair.from_length)
  const fromBase = bytes.readUInt16LE(at + pair.from_base_length)
  const from = place(bytes, at, at + pair.size, fromLength, fromBase)
  const toAt = at + pair.size + fromLength + fromBase
  const toLength = bytes.readUInt16LE(at + pair.to_length)
  const to = place(bytes, at, toAt, toLength, bytes.readUInt16LE(at + pair.to_base_length))
  return from === undefined || to === undefined ? undefined : [from, to]
}

/** Name that a record with two paths gives. */
export function newName(bytes: Buffer, at: number): string {
  const toAt =
    at + pair.size + bytes.readUInt16LE(at + pair.from_length) + bytes.readUInt16LE(at + pair.from_base_length)
  let end = toAt + bytes.readUInt16LE(at + pair.to_length) - 1
  while (end > toAt && bytes[end - 1] === slash) end--
  let start = end
  while (start > toAt && bytes[start - 1] !== slash) start--
  return bytes.toString('latin1', start, Math.max(start, end))
}

/** Operations that act on what a link leads to, so that the directory alone says nothing. */
export function followsLinks(bytes: Buffer, at: number): boolean {
  const operation = fileOperations[bytes.readUInt16LE(at + file.operation)]
  return operation !== 'removed' && operation !== 'renamed'
}

/** True for a symbolic link; also when nobody knows any more. */
export function mayBeLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? true
  } catch {
    return true
  }
}

function place(bytes: Buffer, at: number, textAt: number, length: number, baseLength: number): string | undefined {
  let end = textAt + length - 2
  if (length < 2 || bytes[end] === slash) return undefined
  while (end >= textAt && bytes[end] !== slash) end--
  const directory = bytes.toString('latin1', textAt, end + 1)
  const base = bytes.toString('latin1', textAt + length, textAt + length + baseLength)
  return `${bytes.readUInt32LE(at + layout.record.mount_namespace)}\0${directory}\0${base}`
}

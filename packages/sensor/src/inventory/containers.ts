/** Containers of this host, from what Docker and Podman keep of them on disk. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson } from '../draft.ts'
import { readText } from './read-text.ts'

type Row = readonly [name: string, facts: Record<string, string | number | boolean | undefined>]
type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** Containers with their images; undefined on a host without either. */
export async function describeContainerFiles(at: (path: string) => string): Promise<Row[] | undefined> {
  const found: Row[] = []
  let any = false
  const docker = '/var/lib/docker/containers'
  const ids = await readdir(at(docker)).catch(() => undefined)
  if (ids) any = true
  for (const id of (ids ?? []).slice(0, 2000)) {
    const config = parseJson((await readText(at(join(docker, id, 'config.v2.json')))) ?? '')
    if (!isJson(config)) continue
    const inner = isJson(config.Config) ? config.Config : {}
    const host = parseJson((await readText(at(join(docker, id, 'hostconfig.json')))) ?? '')
    found.push([
      id,
      {
        runtime: 'docker',
        name: textOf(config.Name)?.replace(/^\//, ''),
        image: textOf(inner.Image),
        user: textOf(inner.User),
        privileged: isJson(host) && host.Privileged === true,
        network: isJson(host) ? textOf(host.NetworkMode) : undefined,
      },
    ])
  }
  const podman = await readText(at('/var/lib/containers/storage/overlay-containers/containers.json'))
  if (podman !== undefined) any = true
  const rows = parseJson(podman ?? '')
  for (const one of Array.isArray(rows) ? rows.slice(0, 2000) : []) {
    if (!isJson(one) || typeof one.id !== 'string') continue
    const names = Array.isArray(one.names) ? one.names : []
    const metadata = parseJson(textOf(one.metadata) ?? '')
    found.push([
      one.id,
      {
        runtime: 'podman',
        name: textOf(names[0]),
        image: isJson(metadata) ? textOf(metadata['image-name']) : undefined,
      },
    ])
  }
  return any ? found : undefined
}

/** A container's id in, its name, image and pod out, from what the runtimes keep on disk. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Container } from '@rampart/event'

const limitBytes = 4 << 20
const cacheLimit = 1024
/** A runtime writes its files about when the first process starts; what was not there is looked for again. */
const retryMs = 2000

export interface ContainerDetails {
  /** The container with all that is known of it. The same object until more becomes known. */
  of(container: Container): Container
}

type Read = (root: string, id: string) => Partial<Container> | undefined

/** In the order they are tried: the runtime the cgroup names first is not always the one that keeps the files. */
const readers: readonly Read[] = [readDocker, readContainerd, readCrio, readPodman]

/** `root`: where the host's root directory is mounted. */
export function containerDetails(root = '/'): ContainerDetails {
  const known = new Map<string, { container: Container; complete: boolean; readAt: number }>()
  return {
    of(container) {
      const entry = known.get(container.id)
      if (entry && (entry.complete || performance.now() - entry.readAt < retryMs)) return entry.container
      const found = readers
        .map((read) => attempt(() => read(root, container.id)))
        .find((details) => details !== undefined)
      const detailed: Container = { ...container, ...found }
      known.delete(container.id)
      known.set(container.id, { container: detailed, complete: found !== undefined, readAt: performance.now() })
      if (known.size > cacheLimit) known.delete(known.keys().next().value ?? '')
      return detailed
    },
  }
}

function readDocker(root: string, id: string): Partial<Container> | undefined {
  const daemon = attempt(() => readJson(path.join(root, 'etc/docker/daemon.json')))
  const homes = namesIn(path.join(root, 'home')).map((home) => `home/${home}/.local/share/docker`)
  const folders = [asText(daemon?.['data-root']) ?? 'var/lib/docker', ...homes]
  const state = firstOf(folders, (folder) => readJson(path.join(root, folder, 'containers', id, 'config.v2.json')))
  if (!state) return undefined
  const config = asObject(state.Config)
  const labels = asObject(config.Labels)
  return details({
    runtime: 'docker',
    name: asText(state.Name)?.replace(/^\//, ''),
    image: asText(config.Image),
    pod: asText(labels['io.kubernetes.pod.name']),
    namespace: asText(labels['io.kubernetes.pod.namespace']),
  })
}

function readContainerd(root: string, id: string): Partial<Container> | undefined {
  const tasks = ['run/containerd', 'run/k3s/containerd', 'var/snap/microk8s/common/run/containerd']
    .map((folder) => path.join(root, folder, 'io.containerd.runtime.v2.task'))
    .flatMap((folder) => namesIn(folder).map((namespace) => path.join(folder, namespace, id)))
  for (const folder of tasks) {
    const spec = attempt(() => readJson(path.join(folder, 'config.json')))
    if (!spec) continue
    const notes = asObject(spec.annotations)
    return details({
      runtime: 'containerd',
      name: asText(notes['io.kubernetes.cri.container-name']) ?? asText(notes['nerdctl/name']),
      image: asText(notes['io.kubernetes.cri.image-name']),
      pod: asText(notes['io.kubernetes.cri.sandbox-name']),
      namespace: asText(notes['io.kubernetes.cri.sandbox-namespace']),
    })
  }
  return undefined
}

function readCrio(root: string, id: string): Partial<Container> | undefined {
  const spec = readJson(path.join(root, 'run/containers/storage/overlay-containers', id, 'userdata/config.json'))
  const notes = asObject(spec?.annotations)
  if (notes['io.kubernetes.pod.name'] === undefined) return undefined
  return details({
    runtime: 'cri-o',
    name: asText(notes['io.kubernetes.container.name']),
    image: asText(notes['io.kubernetes.cri-o.ImageName']),
    pod: asText(notes['io.kubernetes.pod.name']),
    namespace: asText(notes['io.kubernetes.pod.namespace']),
  })
}

function readPodman(root: string, id: string): Partial<Container> | undefined {
  const homes = namesIn(path.join(root, 'home')).map((home) => `home/${home}/.local/share/containers`)
  const entry = firstOf(['var/lib/containers', ...homes], (folder) => {
    const all: unknown = readJson(path.join(root, folder, 'storage/overlay-containers/containers.json'))
    return Array.isArray(all) ? all.map(asObject).find((candidate) => candidate.id === id) : undefined
  })
  if (!entry) return undefined
  const metadata = attempt(() => asObject(JSON.parse(asText(entry.metadata) ?? '{}'))) ?? {}
  return details({
    runtime: 'podman',
    name: asText(metadata.name) ?? (Array.isArray(entry.names) ? asText(entry.names[0]) : undefined),
    image: asText(metadata['image-name']),
  })
}

const textLimits: Record<string, number> = { runtime: 32, name: 256, image: 512, pod: 256, namespace: 256 }

/** Only what is there, cut to what the schema takes: names are chosen by whoever starts containers. */
function details(found: Record<string, string | undefined>): Partial<Container> {
  const present = Object.entries(found).filter((entry): entry is [string, string] => !!entry[1])
  return Object.fromEntries(present.map(([name, text]) => [name, text.slice(0, textLimits[name])]))
}

/** Throws when there is no such file. Users keep some of them: a pipe must not hang the sensor, nor a large file fill it. */
function readJson(file: string): Record<string, unknown> | undefined {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const info = fstatSync(fd)
    if (!info.isFile() || info.size > limitBytes) return undefined
    const value: unknown = JSON.parse(readFileSync(fd, 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } finally {
    closeSync(fd)
  }
}

/** Names in a folder, at most so many; none when it is not there. */
function namesIn(folder: string, limit = 64): string[] {
  return (attempt(() => readdirSync(folder)) ?? []).slice(0, limit)
}

/** What the first place gives that has it; places that are not there are passed over. */
function firstOf<Value>(places: readonly string[], read: (place: string) => Value | undefined): Value | undefined {
  for (const place of places) {
    const found = attempt(() => read(place))
    if (found !== undefined) return found
  }
  return undefined
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** A container's id in, its name, image and pod out, from what the runtimes keep on disk. */
import { readFileSync, statSync } from 'node:fs'
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
  const state = readJson(path.join(root, 'var/lib/docker/containers', id, 'config.v2.json'))
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
  for (const namespace of ['k8s.io', 'default']) {
    const folder = path.join(root, 'run/containerd/io.containerd.runtime.v2.task', namespace, id)
    const spec = readJson(path.join(folder, 'config.json'))
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
  const all: unknown = readJson(path.join(root, 'var/lib/containers/storage/overlay-containers/containers.json'))
  if (!Array.isArray(all)) return undefined
  const entry = all.map(asObject).find((candidate) => candidate.id === id)
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

function readJson(file: string): Record<string, unknown> | undefined {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? Number.POSITIVE_INFINITY) > limitBytes) return undefined
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
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

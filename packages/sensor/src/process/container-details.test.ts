import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { containerDetails } from './container-details.ts'

const root = mkdtempSync(path.join(tmpdir(), 'rampart-containers-'))
after(() => rmSync(root, { recursive: true }))
const put = (file: string, value: unknown) => {
  const full = path.join(root, file)
  mkdirSync(path.dirname(full), { recursive: true })
  writeFileSync(full, typeof value === 'string' ? value : JSON.stringify(value))
}
const idOf = (letter: string) => letter.repeat(64)

test('Docker: name and image', () => {
  put(`var/lib/docker/containers/${idOf('a')}/config.v2.json`, {
    Name: '/web',
    Config: { Image: 'nginx:1.27', Labels: {} },
  })
  assert.deepEqual(containerDetails(root).of({ id: idOf('a') }), {
    id: idOf('a'),
    runtime: 'docker',
    name: 'web',
    image: 'nginx:1.27',
  })
})

test('containerd under Kubernetes: container, image, pod and namespace', () => {
  put(`run/containerd/io.containerd.runtime.v2.task/k8s.io/${idOf('b')}/config.json`, {
    annotations: {
      'io.kubernetes.cri.container-name': 'app',
      'io.kubernetes.cri.image-name': 'registry.example.com/app:2',
      'io.kubernetes.cri.sandbox-name': 'app-5d9-x',
      'io.kubernetes.cri.sandbox-namespace': 'shop',
    },
  })
  assert.deepEqual(containerDetails(root).of({ id: idOf('b'), runtime: 'containerd' }), {
    id: idOf('b'),
    runtime: 'containerd',
    name: 'app',
    image: 'registry.example.com/app:2',
    pod: 'app-5d9-x',
    namespace: 'shop',
  })
})

test('CRI-O and podman', () => {
  put(`run/containers/storage/overlay-containers/${idOf('c')}/userdata/config.json`, {
    annotations: {
      'io.kubernetes.pod.name': 'p',
      'io.kubernetes.pod.namespace': 'n',
      'io.kubernetes.container.name': 'c',
    },
  })
  put('var/lib/containers/storage/overlay-containers/containers.json', [
    {
      id: idOf('d'),
      names: ['calm_fox'],
      metadata: JSON.stringify({ 'image-name': 'docker.io/library/redis:7', name: 'calm_fox' }),
    },
    { id: idOf('e'), names: ['other'], metadata: 'broken' },
  ])
  const details = containerDetails(root)
  assert.deepEqual(details.of({ id: idOf('c') }), {
    id: idOf('c'),
    runtime: 'cri-o',
    name: 'c',
    pod: 'p',
    namespace: 'n',
  })
  assert.deepEqual(details.of({ id: idOf('d') }), {
    id: idOf('d'),
    runtime: 'podman',
    name: 'calm_fox',
    image: 'docker.io/library/redis:7',
  })
  assert.equal(details.of({ id: idOf('e') }).name, 'other')
})

test('damaged and missing files leave the id', () => {
  put(`var/lib/docker/containers/${idOf('f')}/config.v2.json`, '{"Name":')
  const details = containerDetails(root)
  assert.deepEqual(details.of({ id: idOf('f'), runtime: 'docker' }), { id: idOf('f'), runtime: 'docker' })
  assert.equal(details.of({ id: idOf('f') }), details.of({ id: idOf('f') }))
  put(`var/lib/docker/containers/${idOf('1')}/config.v2.json`, { Name: `/${'n'.repeat(1000)}`, Config: null })
  assert.equal(details.of({ id: idOf('1') }).name?.length, 256)
})

test('another data root, k3s, and containers of ordinary users', () => {
  put('etc/docker/daemon.json', { 'data-root': '/srv/docker' })
  put(`srv/docker/containers/${idOf('2')}/config.v2.json`, { Name: '/moved', Config: { Image: 'x' } })
  put(`run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/${idOf('3')}/config.json`, {
    annotations: { 'io.kubernetes.cri.container-name': 'coredns' },
  })
  put('home/ada/.local/share/containers/storage/overlay-containers/containers.json', [
    { id: idOf('4'), names: ['own'], metadata: '{}' },
  ])
  put(`home/ada/.local/share/docker/containers/${idOf('5')}/config.v2.json`, { Name: '/rootless' })
  const details = containerDetails(root)
  for (const [letter, name] of Object.entries({ 2: 'moved', 3: 'coredns', 4: 'own', 5: 'rootless' }))
    assert.equal(details.of({ id: idOf(letter) }).name, name)
})

test('a pipe, a folder and a huge file in the place of a state file do no harm', () => {
  const folder = path.join(root, 'var/lib/docker/containers')
  rmSync(path.join(root, 'etc/docker'), { recursive: true })
  for (const letter of ['6', '7', '8']) mkdirSync(path.join(folder, idOf(letter)), { recursive: true })
  execFileSync('mkfifo', [path.join(folder, idOf('6'), 'config.v2.json')])
  mkdirSync(path.join(folder, idOf('7'), 'config.v2.json'))
  writeFileSync(path.join(folder, idOf('8'), 'config.v2.json'), `{"Name":"/${'x'.repeat(5 << 20)}"}`)
  const details = containerDetails(root)
  for (const letter of ['6', '7', '8']) assert.equal(details.of({ id: idOf(letter) }).name, undefined)
})

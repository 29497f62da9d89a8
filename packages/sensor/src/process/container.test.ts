/** Cgroup paths as the runtimes make them, recorded from their documentation and sources; names leaf first, at most three. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerOf } from './container.ts'

const id = '0123456789abcdef'.repeat(4)
const pod = 'pod6f1d3c1e_2b7a_4a0e_9d5f_1c2d3e4f5a6b'
const leafFirst = (path: string) => path.split('/').filter(Boolean).reverse().slice(0, 3)

const containers: [path: string, runtime: string | undefined][] = [
  [`/docker/${id}`, 'docker'],
  [`/system.slice/docker-${id}.scope`, 'docker'],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`, 'docker'],
  [`/system.slice/docker-${id}.scope/init.scope`, 'docker'],
  [`/kubepods/burstable/${pod}/${id}`, undefined],
  [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-${pod}.slice/cri-containerd-${id}.scope`, 'containerd'],
  [`/system.slice/containerd.service/kubepods-burstable-${pod}.slice:cri-containerd:${id}`, 'containerd'],
  [`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-${pod}.slice/crio-${id}.scope`, 'cri-o'],
  [`/system.slice/nerdctl-${id}.scope`, 'containerd'],
  [`/default/${id}`, undefined],
  [`/machine.slice/libpod-${id}.scope/container`, 'podman'],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`, 'podman'],
  [`/libpod_parent/libpod-${id}`, 'podman'],
  [`/docker/${'f'.repeat(64)}/docker/${id}`, 'docker'],
]
for (const [path, runtime] of containers)
  test(path.replaceAll(id, '<id>'), () => {
    assert.deepEqual(containerOf(leafFirst(path)), { id, ...(runtime && { runtime }) })
  })

const hosts = [
  '/',
  '/init.scope',
  '/system.slice/sshd.service',
  '/user.slice/user-1000.slice/session-1.scope',
  // The engine's own monitors run on the host.
  `/machine.slice/libpod-conmon-${id}.scope`,
  `/kubepods.slice/crio-conmon-${id}.scope`,
  // What somebody may call a group of his own.
  `/docker-${'0'.repeat(63)}.scope`,
  `/docker-${id}0.scope`,
  `/docker-${'G'.repeat(64)}.scope`,
  `/x:docker:${'../'.repeat(21)}a`,
]
for (const path of hosts)
  test(`${path.replaceAll(id, '<id>')} is no container`, () => {
    assert.equal(containerOf(leafFirst(path)), undefined)
  })

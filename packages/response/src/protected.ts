/** Programs that are never ended and whose files are never moved: without them nobody reaches or runs the host any more. */

/** Absolute paths; one that ends in `/` means everything below it. */
export const protectedPrograms: readonly string[] = [
  '/sbin/init',
  '/usr/sbin/init',
  '/lib/systemd/',
  '/usr/lib/systemd/',
  '/usr/sbin/sshd',
  '/usr/lib/openssh/',
  '/usr/libexec/openssh/',
  '/usr/bin/dbus-daemon',
  '/usr/bin/dbus-broker',
  '/usr/bin/dbus-broker-launch',
  '/usr/sbin/NetworkManager',
  '/usr/sbin/auditd',
  '/sbin/auditd',
  '/usr/bin/login',
  '/bin/login',
  '/usr/bin/dockerd',
  '/usr/bin/containerd',
  '/usr/bin/kubelet',
  '/usr/sbin/crond',
  '/usr/sbin/cron',
]

/** The entry that protects a path, or undefined. */
export function protectionOf(path: string, more: readonly string[] = []): string | undefined {
  return [...protectedPrograms, ...more].find((one) => (one.endsWith('/') ? path.startsWith(one) : path === one))
}

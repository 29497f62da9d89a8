/** Attaches what sees files through io_uring, and says in the health whether it can be seen here. */
import { type HealthKeeper, refusal } from '../kernel/health.ts'
import type { KernelSource } from '../kernel/source.ts'

const capability = 'file.* (io_uring)'
/** The tracepoint of a submitted request, since Linux 6.4 and before. */
const submissions = ['io_uring_submit_req', 'io_uring_submit_sqe']

export function attachRings(source: KernelSource, health: HealthKeeper): void {
  const { object, error } = source.load('uring')
  const completed = object ? object.attach('uring_completed') : error
  if (completed === 'ENOENT' && object) {
    health.cannotHappen(capability, 'This kernel was built without io_uring.')
    return
  }
  const refused = submissions.map((name) => object?.attach('uring_submitted', name))
  const submitted = object && !refused.includes(undefined) ? refused[0] : undefined
  const works = object !== undefined && completed === undefined && submitted === undefined
  const reason = `${refusal(completed ?? submitted)} Files changed through io_uring are seen from Linux 6.0 on; its set-up is.`
  health.capability(capability, works, reason)
}

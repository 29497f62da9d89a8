/** Who acts from the command line, for the audit trail: `root@cli`. No name of a user here can hold an @cli by accident: it says where, too. */
import { userInfo } from 'node:os'

export function cliActor(): string {
  try {
    return `${userInfo().username}@cli`
  } catch {
    return `${process.getuid?.() ?? 'somebody'}@cli`
  }
}

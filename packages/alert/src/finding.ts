/** What the store takes: a finding of the detection package with the techniques of its model. */
import type { Finding as Detected } from '@rampart/detection'

/** Equal `aggregationKey` joins the same alert; equal `id` is the same finding and changes nothing. */
export type Finding = Detected & {
  techniques?: readonly string[]
  /** Prevention stopped it already: the alert is closed as `auto-blocked` from the start. */
  autoBlocked?: boolean
  /** Id of the whitelist rule that takes it in: it is counted there, once, and raises nothing. */
  whitelistedBy?: string
}

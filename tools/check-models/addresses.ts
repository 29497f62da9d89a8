/** Addresses and names in samples: only those set aside for documentation (RFC 5737, 3849, 2606, 6761) and private ones. */

const ipv4 = /(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)/g
const allowedV4 =
  /^(192\.0\.2|198\.51\.100|203\.0\.113|127\.\d+\.\d+|10\.\d+\.\d+|192\.168\.\d+|172\.(1[6-9]|2\d|3[01])\.\d+|0\.0\.0|169\.254\.\d+|100\.100\.100|255\.255\.255|22[4-9]\.\d+\.\d+|23\d\.\d+\.\d+)\.\d+$/
const hosts = /\b(?:https?|ftp|tcp|stratum\+tcp|stratum\+ssl|ldaps?|rmi|dns):\/\/([^\s/:"'\\?#)>]+)/g
const allowedHost =
  /(^|\.)(example|test|invalid|localhost|local|internal|localdomain|lan|cluster\.local)$|(^|\.)example\.(com|net|org)$|^\[|^\d|^[\w-]+$|[${}<*|%]/

/** Hosts that stand in the samples of cloud services, package tools and the like as what they are. */
const wellKnown =
  /(^|\.)(amazonaws\.com|aliyuncs\.com|kubernetes\.io|k8s\.io|docker\.io|debian\.org|ubuntu\.com|metadata\.google\.internal)$/

/** Addresses and host names of the text that are neither documentation, nor private, nor well-known; each once. */
export function foreignNames(text: string): string[] {
  const found = new Set<string>()
  for (const [, address = ''] of text.matchAll(ipv4)) {
    const octets = address.split('.').map(Number)
    // Version numbers have the look of addresses; what has an octet beyond 255 or begins with 0-5 is one.
    if (octets.some((octet) => octet > 255) || (octets[0] ?? 0) < 6) continue
    if (!allowedV4.test(address)) found.add(address)
  }
  for (const [, host = ''] of text.matchAll(hosts)) {
    const name = host.replace(/^[^@]*@/, '').toLowerCase()
    if (!allowedHost.test(name) && !wellKnown.test(name)) found.add(name)
  }
  return [...found]
}

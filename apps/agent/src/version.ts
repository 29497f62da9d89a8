/** This build's version. */
export const agentVersion = '0.1.0'

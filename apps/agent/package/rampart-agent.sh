#!/bin/sh
# The agent's command line, with the Node that lies beside it.
self=$(readlink -f "$0")
home=${self%/bin/*}
exec "$home/runtime/node" --disable-warning=ExperimentalWarning "$home/app/apps/cli/src/agent-main.ts" "$@"

#!/bin/sh
':' //; while read -r k v; do [ "$k" = SigIgn: ] && break; done </proc/$$/status 2>/dev/null
':' //; export GOVERNOR_OPEN_FILES="$(ulimit -Sn)" GOVERNOR_IGNORED_SIGNALS="$v"; exec node "$0" "$@"
// The lines above are for the shell that starts this file: they keep the user's limit on open files, which Node raises
// for itself as it starts, and the signals that nohup and the like have it ignore, which Node resets. For JavaScript
// they are strings and comments.
import { main } from '../dist/lib/cli/main.js';

process.exit(await main(process.argv.slice(2)));

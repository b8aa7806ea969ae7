#!/bin/sh
':'; //; while read -r k v; do [ "$k" = SigIgn: ] && break; done </proc/$$/status 2>/dev/null
':'; //; export GOVERNOR_OPEN_FILES="$(ulimit -Sn)" GOVERNOR_IGNORED_SIGNALS="$v"
':'; //; for f in /proc/$$/fd/*; do [ -e "$f" ] && ! [ "$f" -ef "$0" ] 2>/dev/null && d="$d ${f##*/}"; done; export GOVERNOR_DESCRIPTORS="$d"
':'; //; [ -z "$NODE_EXTRA_CA_CERTS" ] || export GOVERNOR_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS" NODE_EXTRA_CA_CERTS=
':'; //; exec node "$0" "$@"
// The lines above are for the shell that starts this file: they keep the user's limit on open files, which Node raises
// for itself as it starts, the signals that nohup and the like have it ignore, which Node resets, and the descriptors that
// the user has opened, which Node keeps from whom it starts; and they spare Node reading certificates, which takes it
// longer than all else of its start. For JavaScript they are strings and comments.
const { load } = require('./load.js');

if (process.env.GOVERNOR_EXTRA_CA_CERTS) {
  process.env.NODE_EXTRA_CA_CERTS = process.env.GOVERNOR_EXTRA_CA_CERTS;
  delete process.env.GOVERNOR_EXTRA_CA_CERTS;
}
const words = process.argv.slice(2);
const { governor } = load(['exec', 'launch', 'run'].includes(words[0]) ? 'starting' : 'governor').module();
governor(words).then(status => process.exit(status));

#!/bin/sh
':' //; while read -r k v; do [ "$k" = SigIgn: ] && break; done </proc/$$/status 2>/dev/null
':' //; while read -r a b c s k; do [ "$a $b $c" = 'Max open files' ] && break; s=; done </proc/$$/limits 2>/dev/null
':' //; export GOVERNOR_OPEN_FILES="$s" GOVERNOR_IGNORED_SIGNALS="$v"
':' //; for f in /proc/$$/fd/*; do [ -e "$f" ] && ! [ "$f" -ef "$0" ] 2>/dev/null && d="$d ${f##*/}"; done; export GOVERNOR_DESCRIPTORS="$d"
':' //; [ -z "$NODE_EXTRA_CA_CERTS" ] || export GOVERNOR_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS" NODE_EXTRA_CA_CERTS=
':' //; exec node --v8-pool-size=0 "$0" "$@"
// For JavaScript the lines above are strings and comments. For the shell that starts this file they keep what Node
// changes as it starts: the limit on open files, which Node raises, the signals that nohup and the like ignore, which
// Node resets, and the descriptors that the user opened, which Node does not pass on. They also keep Node from reading
// extra certificates, which takes longer than the rest of its start. V8 gets no threads: governor has no work for them,
// and Node waits for ever for threads that a limit has refused.
if (process.env.GOVERNOR_EXTRA_CA_CERTS) {
  process.env.NODE_EXTRA_CA_CERTS = process.env.GOVERNOR_EXTRA_CA_CERTS;
  delete process.env.GOVERNOR_EXTRA_CA_CERTS;
}
const words = process.argv.slice(2);
const startsProgram = ['exec', 'launch', 'run'].includes(words[0]);
const { governor } = require(startsProgram ? '../dist/lib/cli/starting.cjs' : '../dist/lib/cli/governor.cjs');
governor(words).then(status => process.exit(status));

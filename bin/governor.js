#!/bin/sh
':' //; export GOVERNOR_OPEN_FILES="$(ulimit -Sn)"; exec node "$0" "$@"
// The line above is for the shell that starts this file: it keeps the user's limit on open files, which Node
// raises for itself as it starts. For JavaScript it is a string and a comment.
import { main } from '../dist/lib/cli/main.js';

process.exit(await main(process.argv.slice(2)));

// All cases. A case is:
//   name, kind       what it is called, and what kind of program it is
//   packages, modules   what it needs from Debian and from npm
//   asItIs, nxm, byHand   settings: workers, threads (parameters of the program; 0: its own choice), env
//   levers           how the audit's levers are given to it: prescription.mjs
//   start(settings, context)   its command: argv, env, and for a server its port and its client
//   launch(context)  the same work as ranks: how many, and the command of each
//   setUp(directory), prepare(context)   compile it once; write its input for one amount of work
//   begun, settle    what it prints when it begins to work, or how many ms after its start it surely works
//   rate({ stdout, stderr, seconds }, context)   units of work per second
import { nativeCases } from './native.mjs';
import { nodeCases } from './node.mjs';
import { pythonCases } from './python.mjs';
import { toolCases } from './tools.mjs';

export const cases = [...pythonCases, ...nativeCases, ...toolCases, ...nodeCases];

// The addon: its exports are the functions of core/platform. Only this file and native/addon know Node-API.
//
// All of it is one translation unit. Compiled file by file, g++ 12 inlines Node-API's error paths into every function,
// and the stripped addon takes 712 KB rather than 482 KB.
#include <napi.h>

#include "addon/affinity.cc"
#include "addon/arguments.cc"
#include "addon/launch.cc"
#include "addon/lend.cc"
#include "addon/locks.cc"
#include "addon/machine.cc"
#include "addon/owners.cc"
#include "addon/processes.cc"
#include "addon/reader.cc"

static Napi::Object initialise(Napi::Env, Napi::Object exports) {
  governor::define_machine(exports);
  governor::define_affinity(exports);
  governor::define_processes(exports);
  governor::define_owners(exports);
  governor::define_reader(exports);
  governor::define_launch(exports);
  governor::define_locks(exports);
  governor::define_lend(exports);
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, initialise)

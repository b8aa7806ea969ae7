// The addon: its exports are the functions of core/platform. Only this file and native/addon know Node-API.
#include <napi.h>

#include "addon/subjects.h"

static Napi::Object initialise(Napi::Env, Napi::Object exports) {
  governor::define_machine(exports);
  governor::define_affinity(exports);
  governor::define_processes(exports);
  governor::define_owners(exports);
  governor::define_launch(exports);
  governor::define_locks(exports);
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, initialise)

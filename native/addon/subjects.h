// What the addon exports, one function per header of core/platform: native/addon/SUBJECT.cc defines it.
#pragma once
#include <napi.h>

namespace governor {

void define_machine(Napi::Object& exports);
void define_affinity(Napi::Object& exports);
void define_processes(Napi::Object& exports);
void define_owners(Napi::Object& exports);
void define_launch(Napi::Object& exports);
void define_locks(Napi::Object& exports);

}  // namespace governor

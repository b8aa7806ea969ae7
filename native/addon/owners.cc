#include "core/platform/owners.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const Module& module) {
  return Record(env).with("path", module.path).with("deleted", module.deleted);
}

Value to_js(Napi::Env env, const Routine& routine) {
  return Record(env)
      .with("module", routine.module)
      .with("address", static_cast<int64_t>(routine.address))
      .with("symbol", routine.symbol)
      .with("before", routine.before)
      .with("after", routine.after);
}

Value to_js(Napi::Env env, const ModuleVariable& variable) {
  return Record(env).with("module", variable.module).with("symbol", variable.symbol).with("value", variable.value);
}

Value to_js(Napi::Env env, const ProcessOwners& owners) {
  const auto& threads = owners.threads;
  return Record(env)
      .with("pid", owners.pid)
      .with("denied", owners.denied)
      .with("modules", owners.modules)
      .with("routines", owners.routines)
      .with("variables", owners.variables)
      .with("tid", whole_column<&ThreadOwner::tid>(env, threads))
      .with("kind", whole_column<&ThreadOwner::kind>(env, threads))
      .with("start", whole_column<&ThreadOwner::start>(env, threads))
      .with("argument", whole_column<&ThreadOwner::argument>(env, threads))
      .with("workingFor", whole_column<&ThreadOwner::working_for>(env, threads));
}

// [[pid, [tid, …]], …]
static std::vector<std::pair<int, std::vector<int>>> threads_of(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "threads", "not an array"};
  std::vector<std::pair<int, std::vector<int>>> found;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Value item = list.Get(i);
    if (!item.IsArray()) throw OsError{EINVAL, "threads", "not a pair of a pid and its tids"};
    const auto pair = item.As<Napi::Array>();
    found.emplace_back(static_cast<Value>(pair.Get(0u)).ToNumber().Int32Value(), ids(pair.Get(1u)));
  }
  return found;
}

static void define_owners(Napi::Object& exports) {
  define<LATER([threads = threads_of(info[0]), variables = texts(info[1])] {
    return read_owners(threads, variables);
  })>(exports, "readOwners");
}

}  // namespace governor
